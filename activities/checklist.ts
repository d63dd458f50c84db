import { formatBytes } from '../domain/format.ts';
import { groupTroubleLines, redacted } from '../domain/log-lines.ts';
import type { Replica } from '../domain/observation.ts';
import { isPresent } from './replicas.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { knownServices, servicesIn } from './names.ts';
import { reasonOf } from './reason.ts';
import { currentTask } from './task.ts';

const mostExcerpts = 5;
const longestExcerpt = 300;

/** The pre-event checklist of the runbook: what is read, the one copy that is made, and the prune that a person approved. */
export const checklistActivities = ({
  loadCatalog,
  platform,
  nowMs,
}: Dependencies): Pick<
  Activities,
  'readStorage' | 'pruneUnused' | 'backUpComposeFile' | 'checkHealth' | 'scanLogs'
> => ({
  readStorage: async () => {
    const { signal } = currentTask();
    const [host, storage] = await Promise.all([platform.host(signal), platform.storage(signal)]);
    return { availableMemoryBytes: host.availableMemoryBytes, storage };
  },
  pruneUnused: async ({ kinds }) => {
    const freed = await platform.prune(kinds, currentTask().signal);
    return {
      facts: freed.map(
        ({ kind, count, bytes }) => `pruned ${count} of ${kind}, ${formatBytes(bytes)} free again`,
      ),
    };
  },
  backUpComposeFile: async ({ backup }) => ({
    facts: await platform.editDefinition({ edits: {}, backup, signal: currentTask().signal }),
  }),
  checkHealth: async ({ services }) => {
    const { signal } = currentTask();
    knownServices((await loadCatalog()).catalog, services);
    const observed = await platform.observe(services, signal);
    return { unhealthy: services.flatMap((service) => illnessOf(service, observed[service] ?? [])) };
  },
  scanLogs: async ({ services, tail, sinceMs }) => {
    const query = { tail, ...(sinceMs === undefined ? {} : { sinceMs: nowMs() - sinceMs }) };
    const { signal } = currentTask();
    servicesIn((await loadCatalog()).catalog, services);
    const observed = await platform.observe(services, signal);
    return Promise.all(
      services.map(async (service) => {
        const replicas = (observed[service] ?? []).filter(isPresent);
        const logs = await Promise.all(
          replicas.map(({ name }) =>
            platform.logs(name, query, signal).catch((error: unknown) => reasonOf(error, signal)),
          ),
        );
        const groups = groupTroubleLines(logs.flatMap((log) => (typeof log === 'string' ? [] : log)));
        const unread = replicas.flatMap(({ name }, index) => {
          const log = logs[index];
          return typeof log === 'string' ? [`the log of ${name} could not be read: ${log}`] : [];
        });
        // Without a time the last lines are what was asked for.
        const cut = replicas.flatMap(({ name }, index) => {
          const log = logs[index];
          return sinceMs !== undefined && Array.isArray(log) && log.length >= tail ? [name] : [];
        });
        return {
          service,
          count: groups.reduce((sum, { count }) => sum + count, 0),
          excerpts: groups
            .slice(0, mostExcerpts)
            .map(({ count, excerpt }) => `${count} x ${redacted(excerpt).slice(0, longestExcerpt)}`),
          ...(unread.length === 0 ? {} : { unread }),
          ...(cut.length === 0 ? {} : { cut, cutAt: tail }),
        };
      }),
    );
  },
});

/** A service that is not deployed, and replicas that do not run or are not healthy; one that starts is on its way, and not there yet. */
const illnessOf = (service: string, replicas: readonly Replica[]): string[] => {
  if (replicas.length === 0) return [`${service} has no replica`];
  return replicas.flatMap(({ name, state, health }) => {
    if (state !== 'running') return [`${name} is ${state}`];
    return health === 'unhealthy' || health === 'starting' ? [`${name} is ${health}`] : [];
  });
};
