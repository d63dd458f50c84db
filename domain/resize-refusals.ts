import { downtimeRefusals, type BeforeDowntime } from './downtime.ts';
import { memoryRefusals } from './memory-guard.ts';
import type { Resources } from './observation.ts';
import type { ResizeParts } from './plan-resize.ts';
import type { Refusal } from './plan.ts';
import { valueOf } from './reading.ts';

/** What speaks against it: the host, the compose file, the stop, and what the database says itself. */
export const resizeRefusals = (
  parts: ResizeParts,
  limits: Resources | undefined,
  restarts: boolean,
): Refusal[] => {
  const { container, asked } = parts;
  const { service, host } = container;
  const cpus = limits?.cpus;
  const memoryBytes = limits?.memoryBytes;
  const own: (Refusal | false)[] = [
    cpus !== undefined &&
      cpus > host.cpus && {
        rule: 'cpus.host',
        path: 'cpus',
        message: `the host has ${host.cpus} CPUs, and Docker refuses a limit above that`,
        remedy: `ask for at most ${host.cpus}, or move ${service} to a larger host`,
      },
    restarts &&
      asked.composeFile === 'keep' && {
        rule: 'compose-file.keep',
        path: 'composeFile',
        message: `a restart is needed (${parts.restartBecause.join('; ')}), and the next \`up\` would take it back without the file`,
        remedy: 'leave composeFile out, or ask for fewer settings',
      },
    restarts &&
      container.isOutdated && {
        rule: 'compose-file.drift',
        path: 'composeFile',
        message: `the compose file has changed since ${container.name} was made: a restart would bring in more than was asked for`,
        remedy: `run \`docker compose up -d ${service}\` first, or put the file back`,
      },
  ];
  return [
    ...own.filter((refusal) => refusal !== false),
    ...(memoryBytes === undefined
      ? []
      : memoryRefusals({
          path: 'memoryBytes',
          service,
          wantedBytes: memoryBytes,
          nowBytes: container.limits.memoryBytes,
          usedBytes: valueOf(container.memoryBytes),
          hostFreeBytes: valueOf(host.availableMemoryBytes),
        })),
    ...(restarts ? downtimeRefusals(beforeDowntime(parts)) : []),
    ...parts.refusals,
  ];
};

export const beforeDowntime = (parts: ResizeParts): BeforeDowntime => {
  const { asked, catalog, container, database, observedAtMs, databaseBytes, behind = [] } = parts;
  return {
    nowMs: observedAtMs,
    backup: asked.backup,
    hasBackupCommand: catalog.databases?.[database]?.backup !== undefined,
    diskFreeBytes: valueOf(container.diskFreeBytes),
    databaseBytes,
    behind,
  };
};
