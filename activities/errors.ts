import { groupTroubleLines, redacted, type LineGroup } from '../domain/log-lines.ts';
import type { LogLine, Platform } from '../platforms/platform.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { knownServices } from './names.ts';
import { currentTask } from './task.ts';

/** Of each replica's log; the end of it is what tells of a cause. */
const tail = 5_000;
const mostGroups = 20;
const longestExcerpt = 300;

/** Rollback 5, "Investigate root cause". */
export const errorActivities = ({
  loadCatalog,
  platform,
  nowMs,
}: Dependencies): Pick<Activities, 'excerptErrors'> => ({
  excerptErrors: async ({ services, sinceMs }) => {
    const { signal } = currentTask();
    knownServices((await loadCatalog()).catalog, services);
    const observed = await platform.observe(services, signal);
    const replicas = Object.values(observed).flat();
    const fromMs = nowMs() - sinceMs;
    const logs = await Promise.all(replicas.map(async ({ name }) => readLog(platform, name, fromMs, signal)));
    const groups = groupTroubleLines(logs.flat());
    const span = `the last ${Math.round(sinceMs / 60_000)} min`;
    if (groups.length === 0)
      return { facts: [`no error, exception or fatal line in ${span} of ${replicas.length} logs`] };
    const rest = groups.length - mostGroups;
    return {
      facts: [
        ...groups.slice(0, mostGroups).map(sentenceOf),
        ...(rest > 0 ? [`and ${rest} more kinds of lines in ${span}`] : []),
      ],
    };
  },
});

/** A replica that went away since it was listed has no log any more: that is said where its lines would stand. */
const readLog = async (
  platform: Platform,
  replica: string,
  sinceMs: number,
  signal: AbortSignal,
): Promise<LogLine[]> => {
  try {
    return await platform.logs(replica, { tail, sinceMs }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    return [{ replica, atMs: 0, text: `error: its log could not be read: ${reason}` }];
  }
};

const sentenceOf = ({ count, replicas, excerpt }: LineGroup): string =>
  `${count} x in ${replicas.join(', ')}: ${redacted(excerpt).slice(0, longestExcerpt)}`;
