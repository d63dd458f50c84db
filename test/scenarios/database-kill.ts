import type { Lab } from '../../demo/lab.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { withPostgres } from '../../adapters/postgres/connect.ts';
import { readSettings } from '../../adapters/postgres/settings.ts';
import { withRedis } from '../../adapters/redis/connect.ts';
import { settingText } from '../../domain/postgres-settings.ts';
import { containersOf, lostWrites, startResize, tellSteps } from './database-stage.ts';
import { killEngine, killProcessOf } from './kill-engine.ts';
import { composeUpChanged } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { untilStep, type Procedure } from './steps.ts';

const MIB = 2 ** 20;

/**
 * SIGKILL of the database, then of the Docker engine, in the middle of a change: each ends completed or taken back, what runs is what its
 * result says, and every acknowledged write is there. Kills the engine of this machine: run it where nothing else needs that.
 */
export const databaseKill: Scenario = {
  title: 'SIGKILL of PostgreSQL and Redis, and of the Docker engine, in the middle of a resize',
  run: play,
};

interface Kill {
  what: string;
  begin: () => Promise<Procedure>;
  /** In the middle of which step. */
  step: string;
  kill: () => Promise<unknown>;
  /** What runs, as it should be after `completed`. */
  isChanged: () => Promise<boolean>;
}

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const violations: string[] = [];
  const ends: Record<string, object> = {};
  let last: ProcedureResult | undefined;
  for (const one of killsOf(lab)) {
    progress(one.what);
    const handle = await one.begin();
    await untilStep(handle, one.step, 'running');
    const killed = await one.kill();
    const result = await handle.result();
    last = result;
    tellSteps(result, progress);
    violations.push(...lostWrites(one.what, result));
    if (result.outcome !== 'completed' && result.outcome !== 'rolled_back')
      violations.push(`${one.what} ended ${result.outcome}: ${result.reason}`);
    if ((await one.isChanged()) !== (result.outcome === 'completed'))
      violations.push(`${one.what} ended ${result.outcome}, and that is not what runs`);
    const changed = await composeUpChanged(lab);
    violations.push(...changed.map((name) => `${one.what}: docker compose up -d changed ${name}`));
    ends[one.what] = {
      outcome: result.outcome,
      outageMs: result.downtime?.outageMs,
      failedProbes: result.downtime?.failedProbes,
      writesAcknowledged: result.downtime?.writesAcknowledged,
      writesFound: result.downtime?.writesFound,
      ...(typeof killed === 'number' ? { engineAwayMs: killed } : {}),
    };
  }
  return { outcome: last?.outcome ?? 'failed', violations, facts: { ends } };
}

function killsOf(lab: Lab): Kill[] {
  const { secrets } = lab.stack;
  const [postgresUrl = '', redisUrl = ''] = [secrets['CHAT4ALL_POSTGRES_URL'], secrets['CHAT4ALL_REDIS_URL']];
  const database = async (service: string): Promise<void> => {
    const [container] = await containersOf(lab, service);
    if (container !== undefined) await killProcessOf(lab, container.id);
  };
  const postgres = (sharedBuffers: string) => ({
    begin: () =>
      startResize(lab, 'resizePostgres', 'postgres', {
        cpus: 1,
        memoryBytes: 1_024 * MIB,
        settings: { shared_buffers: sharedBuffers },
      }),
    step: 'restart',
    isChanged: async () =>
      (await withPostgres(postgresUrl, async (client) => {
        const { shared_buffers: now } = await readSettings(client, ['shared_buffers']);
        return now === undefined ? '' : settingText(now);
      })) === sharedBuffers,
  });
  const redis = (memoryBytes: number) => ({
    begin: () => startResize(lab, 'resizeRedis', 'redis', { memoryBytes }),
    step: 'limits',
    isChanged: async () => {
      await withRedis(redisUrl, (client) => client.ping());
      return (await containersOf(lab, 'redis'))[0]?.memoryBytes === memoryBytes;
    },
  });
  return [
    { what: 'PostgreSQL killed in its restart', ...postgres('192MB'), kill: () => database('postgres') },
    { what: 'Redis killed in a live change', ...redis(192 * MIB), kill: () => database('redis') },
    {
      what: 'the engine killed in the restart of PostgreSQL',
      ...postgres('256MB'),
      kill: () => killEngine(lab),
    },
    { what: 'the engine killed in a live change of Redis', ...redis(256 * MIB), kill: () => killEngine(lab) },
  ];
}
