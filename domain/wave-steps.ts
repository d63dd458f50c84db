import type { Catalog } from './catalog.ts';
import type { EditComposeFile, RestoreComposeFile, ServiceFileEdit } from './compose-file-operation.ts';
import { formatPercent } from './format.ts';
import type { Cause, PlanStep } from './plan.ts';
import { withRenewal } from './renew-operation.ts';
import { isGiven } from './renewal-room.ts';
import { scaleStep } from './scale-step.ts';

/** Stands in a plan for the time stamp that the copy of the compose file gets when it is made. */
const timeStamp = '<time>';
const copyName = (stamp: string): string => `docker-compose.yml.backup.${stamp}`;

/**
 * The steps of one wave: what stays is written into the compose file, then all services that get more are scaled. A service that has
 * enough gets no step, and where all have enough nothing is written, unless `always`.
 */
export const waveSteps = (
  catalog: Catalog,
  wave: { id: string; share: number; atMs: number; replicas: Readonly<Record<string, number>> },
  given: {
    now: Readonly<Record<string, number>>;
    causes: Readonly<Record<string, Cause[]>>;
    edits: Readonly<Record<string, ServiceFileEdit>>;
    always?: boolean;
  },
): PlanStep[] => {
  const { id, share, atMs, replicas } = wave;
  const scales = Object.entries(replicas).flatMap(([service, to]) => {
    const from = given.now[service] ?? 0;
    if (to <= from) return [];
    const step = scaleStep(catalog, service, from, to, given.causes[service] ?? []);
    // There is no backlog before an event; that lag stays low is watched in the soak.
    const checks = step.checks.filter(({ kind }) => kind !== 'lagFalling');
    return [
      { ...step, checks, id: `${id}-${service}`, title: `${formatPercent(share)}: ${step.title}`, atMs },
    ];
  });
  const nothingNew = scales.length === 0 && given.always !== true;
  if (nothingNew || Object.keys(given.edits).length === 0) return scales;
  return [fileStep(id, `${formatPercent(share)}: `, given, atMs), ...scales];
};

/** As long as the drain and the start of a replica take elsewhere. */
const renewal = { drainMs: 30_000, timeoutMs: 90_000 } as const;

/**
 * Runbook 2.2, as a step of its own. Replicas of a service that gets other resources are renewed by the edited file, since an
 * `up -d` would make them anew.
 */
export const fileStep = (
  id: string,
  prefix: string,
  given: {
    edits: Readonly<Record<string, ServiceFileEdit>>;
    now: Readonly<Record<string, number>>;
  },
  atMs?: number,
): PlanStep => {
  const { edits, now } = given;
  const edit = { kind: 'editComposeFile', service: 'platform', edits, backup: copyName(timeStamp) } as const;
  const renewed = Object.entries(edits).flatMap(([service, { limits, reservations }]) =>
    limits === undefined && reservations === undefined ? [] : [[service, now[service] ?? 0] as const],
  );
  const counts = Object.entries(edits).map(([service, { replicas }]) => `${service} ${replicas}`);
  return {
    id: `${id}-file`,
    title: `${prefix}Update the compose file`,
    service: 'platform',
    causes: [
      {
        rule: 'planned.compose-file',
        sentence: `what stays is written down (${counts.join(', ')}), so that an up -d changes nothing`,
      },
    ],
    operations: withRenewal(edit, Object.fromEntries(renewed.filter(([, count]) => count > 0)), renewal),
    checks: [],
    undoable: true,
    ...(atMs === undefined ? {} : { atMs }),
  };
};

/**
 * What the file says after the event. Where the event had given other resources, its bytes of before come back, edit by edit, the newest
 * first, and replicas follow them; then the count of those that run is written.
 * @param done the edits of the event that gave resources
 */
export const fileStepAfter = (given: {
  edits: Readonly<Record<string, ServiceFileEdit>>;
  now: Readonly<Record<string, number>>;
  done: readonly EditComposeFile[];
}): PlanStep => {
  const step = fileStep('after', '', given);
  const back = given.done
    .toReversed()
    .map((edit): RestoreComposeFile => ({ ...edit, kind: 'restoreComposeFile' }));
  const changed = given.done.flatMap(({ edits }) =>
    Object.keys(edits).filter((name) => isGiven(edits[name])),
  );
  const renewals = [...new Set(changed)]
    .filter((service) => (given.now[service] ?? 0) > 0)
    .map((service) => ({
      kind: 'renewService' as const,
      service,
      replicas: given.now[service] ?? 0,
      ...renewal,
      at: 'apply' as const,
    }));
  return { ...step, operations: [...back, ...step.operations, ...renewals] };
};

/** The step with the time in the name of its copy: `docker-compose.yml.backup.20251203_101500` (UTC), as in the checklist. */
export const stamped = (step: PlanStep, atMs: number): PlanStep => ({
  ...step,
  operations: step.operations.map((operation) =>
    operation.kind === 'editComposeFile' ? { ...operation, backup: backupName(atMs) } : operation,
  ),
});

export const backupName = (atMs: number): string =>
  copyName(new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_'));
