import { pause } from '../adapters/abort.ts';
import { withPostgres } from '../adapters/postgres/connect.ts';
import {
  admission,
  baseBackupProgress,
  createSlot,
  dropSlot,
  readReplication,
  readStreaming,
  reloadAdmission,
} from '../adapters/postgres/replication.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatBytes, formatMs } from '../domain/format.ts';
import { withHostRule, withoutHostRule } from '../domain/host-rules.ts';
import { namesOfReadReplica } from '../domain/read-replica-names.ts';
import type { PreparingCommand } from '../platforms/platform.ts';
import type { Activities } from './contract.ts';
import { throwIfCrashing } from './crashing.ts';
import { databaseIn, type Database } from './database.ts';
import type { Dependencies } from './dependencies.ts';
import { reasonOf } from './reason.ts';
import { guardStanding } from './standing.ts';
import { currentTask } from './task.ts';

const lookAgainMs = 200;
/** A standby follows within moments of its start; until then its own word is not asked for. */
const strangerAfterMs = 5_000;
const dropSlotTimeoutMs = 30_000;

type ReadReplicaActivities = Pick<
  Activities,
  | 'readReplication'
  | 'admitReplica'
  | 'dismissReplica'
  | 'addReadReplica'
  | 'removeReadReplica'
  | 'waitForStreaming'
>;

/** Runbook 3.3, "Read Replicas". */
export const readReplicaActivities = (dependencies: Dependencies): ReadReplicaActivities => ({
  readReplication: async ({ database, replica }) => {
    const { signal } = currentTask();
    const { spec, url } = await databaseIn(dependencies, database);
    const { service } = spec;
    const { name } = await dependencies.platform.describe(service, signal);
    const [seen, taken] = await Promise.all([
      withPostgres(url, readReplication),
      dependencies.platform.taken(namesOfReadReplica({ service, name }, replica), signal),
    ]);
    return { ...seen, taken };
  },

  admitReplica: async ({ database, slot, ...write }) => {
    const { signal } = currentTask();
    const { spec, url } = await databaseIn(dependencies, database);
    const started = await guardStanding(dependencies, spec.service, write);
    return withPostgres(url, async (client) => {
      const isNew = await createSlot(client, slot);
      const { file, rule } = await admission(client);
      const { platform } = dependencies;
      const { name } = await platform.describe(spec.service, signal);
      const before = await platform.readFile(name, file, signal);
      const after = withHostRule(before, slot, rule);
      if (after !== before) await platform.writeFile(name, file, after, signal);
      const wrong = await reloadAdmission(client);
      if (wrong.length > 0) throw rejected(file, wrong);
      return { facts: [...started, `slot ${slot} ${isNew ? 'made' : 'is there'}`, `${file}: ${rule}`] };
    });
  },

  dismissReplica: async ({ database, slot, ...write }) => {
    const { signal } = currentTask();
    const { spec, url } = await databaseIn(dependencies, database);
    const started = await guardStanding(dependencies, spec.service, write);
    return withPostgres(url, async (client) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(dropSlotTimeoutMs)]);
      const wasThere = await dropSlot(client, slot, limit);
      const { file } = await admission(client);
      const { platform } = dependencies;
      const { name } = await platform.describe(spec.service, signal);
      const before = await platform.readFile(name, file, signal);
      const after = withoutHostRule(before, slot);
      if (after !== before) await platform.writeFile(name, file, after, signal);
      const wrong = await reloadAdmission(client);
      if (wrong.length > 0) throw rejected(file, wrong);
      return {
        facts: [
          ...started,
          wasThere ? `slot ${slot} is dropped` : `there is no slot ${slot}`,
          `${file} is without it`,
        ],
      };
    });
  },

  addReadReplica: async ({ database, slot, added, dataFolder, backup, ...write }) => {
    const { signal, report } = currentTask();
    const found = await databaseIn(dependencies, database);
    const { service, stopGraceMs } = found.spec;
    const started = await guardStanding(dependencies, service, write);
    const prepare = baseBackup(found, { dataFolder, slot, port: await portInside(found) });
    const whenDone = new AbortController();
    const telling = tellProgress(found.url, report, AbortSignal.any([signal, whenDone.signal]));
    const startedAtMs = dependencies.nowMs();
    try {
      const facts = await dependencies.platform.addServices({ added, backup, prepare, stopGraceMs, signal });
      return {
        facts: [
          ...started,
          `base backup and start took ${formatMs(dependencies.nowMs() - startedAtMs)}`,
          ...facts,
        ],
      };
    } catch (error) {
      throw explained(error);
    } finally {
      whenDone.abort();
      await telling;
    }
  },

  removeReadReplica: async ({ database, added, backup, ...write }) => {
    const { signal } = currentTask();
    const { spec } = await databaseIn(dependencies, database);
    const { service, stopGraceMs } = spec;
    const started = await guardStanding(dependencies, service, write);
    const removed = await dependencies.platform.removeServices({ added, backup, stopGraceMs, signal });
    return { facts: [...started, ...removed] };
  },

  waitForStreaming: async ({ database, replica, slot, maxLagBytes, timeoutMs }) => {
    const { signal, report } = currentTask();
    const { url } = await databaseIn(dependencies, database);
    const startedAtMs = dependencies.nowMs();
    for (;;) {
      const seen = await withPostgres(url, readStreaming).catch((error: unknown) => reasonOf(error, signal));
      const standby = typeof seen === 'string' ? undefined : seen.find((one) => one.slot === slot);
      const spentMs = dependencies.nowMs() - startedAtMs;
      if (standby?.state === 'streaming' && standby.lagBytes <= maxLagBytes)
        return {
          facts: [
            `${replica} streams through ${slot}, ${formatBytes(standby.lagBytes)} behind, after ${formatMs(spentMs)}`,
            await readsFrom(dependencies, url, replica, signal),
          ],
        };
      const sentence =
        typeof seen === 'string'
          ? seen
          : standby === undefined
            ? `${replica} does not stream yet`
            : `${replica} is in state ${standby.state}, ${formatBytes(standby.lagBytes)} behind`;
      await throwIfCrashing(dependencies, replica, signal);
      if (standby === undefined && spentMs > strangerAfterMs)
        await refuseStranger(dependencies, url, replica, signal);
      if (spentMs >= timeoutMs)
        throw new CrescendoError('ReplicaNotReady', `${sentence} after ${formatMs(timeoutMs)}`, { replica });
      report(sentence);
      await pause(lookAgainMs, signal);
    }
  },
});

/** An empty folder first: what an attempt before this one left is no base for another. Manual: pg_basebackup, -R and -S. */
const baseBackup = (
  { spec, url }: Database,
  { dataFolder, slot, port }: { dataFolder: string; slot: string; port: string },
): PreparingCommand[] => {
  const { username, password } = new URL(url);
  const user = 'postgres';
  const secret = password === '' ? {} : { environment: { PGPASSWORD: decodeURIComponent(password) } };
  const from = ['-h', spec.service, '-p', port, '-U', decodeURIComponent(username), '-w'];
  return [
    { program: 'find', args: [dataFolder, '-mindepth', '1', '-delete'], user },
    {
      program: 'pg_basebackup',
      args: [...from, '-D', dataFolder, '-R', '-S', slot, '-X', 'stream', '--checkpoint=fast'],
      user,
      ...secret,
    },
  ];
};

/** The URL has the port of the host; a container beside it takes the server's own. */
const portInside = ({ url }: Database): Promise<string> =>
  withPostgres(url, async (client) => {
    const { rows } = await client.query<{ port: string }>("SELECT current_setting('port') AS port");
    return rows[0]?.port ?? '5432';
  });

async function tellProgress(
  url: string,
  report: (progress: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const said = await withPostgres(url, baseBackupProgress).catch(() => undefined);
    if (said !== undefined) report(`base backup: ${said}`);
    await pause(1_000, signal).catch(() => undefined);
  }
}

/** A primary that comes back is asked again; a full disk, or a password that is refused, stays as it is. */
const passing =
  /refused|closed the connection|terminat|starting up|shutting down|could not receive|could not translate host name|timeout|in recovery mode/i;

const explained = (error: unknown): unknown =>
  error instanceof CrescendoError && error.type === 'PreparationFailed' && passing.test(error.message)
    ? new CrescendoError('DatabaseUnavailable', error.message)
    : error;

const rejected = (file: string, wrong: readonly string[]): CrescendoError =>
  new CrescendoError(
    'SettingRejected',
    `${file} has errors, so no rule of it was taken: ${wrong.join('; ')}`,
  );

/**
 * Whoever brings the platform up in the middle of a base backup starts it on an empty folder: a server of its own, which never follows. Throws
 * ReplicaNotReady for that; what cannot be asked is waited for.
 */
const refuseStranger = async (...which: Parameters<typeof readsFrom>): Promise<void> => {
  try {
    await readsFrom(...which);
  } catch (error) {
    if (error instanceof CrescendoError && error.type === 'ReplicaNotReady') throw error;
    which[3].throwIfAborted();
  }
};

/** Asked inside, as a client of it would: not every worker reaches the address of a container. */
const readsFrom = async (
  { platform }: Dependencies,
  url: string,
  replica: string,
  signal: AbortSignal,
): Promise<string> => {
  const { username, pathname } = new URL(url);
  const { name } = await platform.describe(replica, signal);
  const who = ['-w', '-U', decodeURIComponent(username), '-d', decodeURIComponent(pathname.slice(1))];
  const argv = ['psql', ...who, '-Atc', 'SELECT pg_is_in_recovery()'];
  const { exitCode, stdout, stderr } = await platform.exec(name, argv, { signal, timeoutMs: 10_000 });
  if (exitCode !== 0) return `whether ${name} answers is unknown: ${stderr.trim().slice(-200)}`;
  if (stdout.trim() !== 't')
    throw new CrescendoError('ReplicaNotReady', `${name} is no standby: it would take writes`, { replica });
  return `${name} answers queries as a standby`;
};
