import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { withRedis } from '../../adapters/redis/connect.ts';
import type { Lab } from '../../demo/lab.ts';
import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { rollbackSignal } from '../../workflows/contracts.ts';
import { startApproved } from './approving.ts';
import { askNode } from './asking.ts';
import { containersOf, liveViolations, lostWrites, measured, tellSteps } from './database-stage.ts';
import { composeUpChanged } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { untilStep } from './steps.ts';

const keys = 20_000;

/**
 * Six nodes beside the one Redis, with its keys: taken back by a signal first, then formed with the worker killed in it, and a master killed
 * when it stands. The one Redis is read and written all the time and never stops.
 */
export const redisCluster: Scenario = {
  title: 'A Redis Cluster of six beside the one that stands: a rollback, the worker killed, a fail-over',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const url = lab.stack.secrets['CHAT4ALL_REDIS_URL'] ?? '';
  const violations: string[] = [];
  const form = (input: object = {}) =>
    startApproved(lab, 'formRedisCluster', databaseWorkflowId(lab.environment, 'redis'), {
      database: 'redis',
      sampleMs: 1_000,
      ...input,
    });
  await fill(url);
  const [standing] = await containersOf(lab, 'redis');
  const alone = await footprint(lab);

  progress('a rollback when the nodes are one cluster');
  const first = await form();
  await untilStep(first, 'copy', 'running');
  await first.signal(rollbackSignal, { reason: 'not now' });
  const taken = await first.result();
  tellSteps(taken, progress);
  await lab.saveHistory(first.workflowId, 'formRedisCluster/rolled-back');
  if (taken.outcome !== 'rolled_back')
    violations.push(`the rollback ended ${taken.outcome}: ${taken.reason}`);
  violations.push(...lostWrites('the rollback', taken));
  violations.push(...differences('the rollback', alone, await footprint(lab)));

  progress('once more; SIGKILL of the worker while it forms');
  const handle = await form();
  await untilStep(handle, 'form', 'running');
  await lab.restartWorker();
  const result = await handle.result();
  tellSteps(result, progress);
  await lab.saveHistory(handle.workflowId, 'formRedisCluster/worker-killed');
  violations.push(...liveViolations('the cluster', result));
  const keysBefore = await withRedis(url, (redis) => redis.dbsize());
  const keysInCluster = await clusterSize();
  if (keysInCluster < keys) violations.push(`${keysInCluster} keys in the cluster of ${keysBefore}`);
  const value = await askNode(1, '-c', 'GET', 'scenario:77');
  if (value !== 'value 77') violations.push(`scenario:77 is ${value} in the cluster`);
  const changed = await composeUpChanged(lab);
  violations.push(...changed.map((name) => `docker compose up -d changed ${name}`));

  progress('the same once more');
  const again = await (await form()).result();
  if (again.outcome !== 'no_change') violations.push(`a second time ended ${again.outcome}`);

  progress('SIGKILL of a master');
  const failover = await failOver();
  if (failover.value !== 'value 77') violations.push(`after the fail-over scenario:77 is ${failover.value}`);

  progress('one key more, and a copy over the cluster that has failed over');
  await withRedis(url, (redis) => redis.set('scenario:late', 'late'));
  const copied = await (await form({ copyAgain: true, readyTimeoutMs: 60_000 })).result();
  tellSteps(copied, progress);
  if (copied.outcome !== 'completed')
    violations.push(`the second copy ended ${copied.outcome}: ${copied.reason}`);
  if ((await askNode(1, '-c', 'GET', 'scenario:late')) !== 'late')
    violations.push('the late key is not in the cluster');

  const [after] = await containersOf(lab, 'redis');
  if (after?.id !== standing?.id) violations.push('the one Redis runs in another container');

  return {
    outcome: result.outcome,
    violations,
    facts: {
      outageMs: result.downtime?.outageMs,
      failedProbes: result.downtime?.failedProbes,
      ...measured([result.downtime, taken.downtime, copied.downtime]),
      before: { containers: alone.containers.length, keys: keysBefore },
      after: { containers: (await footprint(lab)).containers.length, keysInCluster },
      failover,
      rollback: { outcome: taken.outcome, failedProbes: taken.downtime?.failedProbes },
      copyAgain: { outcome: copied.outcome },
      composeUpChanged: changed.length,
    },
  };
}

const fill = (url: string): Promise<void> =>
  withRedis(url, async (redis) => {
    const pipeline = redis.pipeline();
    for (let index = 0; index < keys; index += 1) pipeline.set(`scenario:${index}`, `value ${index}`);
    await pipeline.exec();
  });

const clusterSize = async (): Promise<number> => {
  let sum = 0;
  for (const node of [1, 2, 3]) sum += Number(await askNode(node, 'DBSIZE'));
  return sum;
};

/** The master of a key is killed: until its replica gives the key, and until it is back as a replica itself. */
async function failOver(): Promise<{ msToServe: number; msToWhole: number; value: string }> {
  const slot = await askNode(1, 'CLUSTER', 'KEYSLOT', 'scenario:77');
  const lines = (await askNode(1, 'CLUSTER', 'NODES')).split('\n');
  const ranges = [5460, 10_922, 16_383];
  const master = ranges.findIndex((last) => Number(slot) <= last) + 1;
  const replica = master + 3;
  if (lines.length !== 6) throw new Error(`the cluster has ${lines.length} nodes`);
  await execa('docker', ['kill', '--signal', 'KILL', `chat4all-redis-node-${master}`]);
  const startedAtMs = Date.now();
  const until = async (what: string, holds: () => Promise<boolean>): Promise<number> => {
    while (!(await holds())) {
      if (Date.now() - startedAtMs > 60_000) throw new Error(`${what} took more than 60 s`);
      await sleep(50);
    }
    return Date.now() - startedAtMs;
  };
  const msToServe = await until('the fail-over', async () =>
    (await askNode(replica, 'ROLE')).startsWith('master'),
  );
  await execa('docker', ['start', `chat4all-redis-node-${master}`]);
  const msToWhole = await until(
    'the way back as a replica',
    async () =>
      (await askNode(master, 'ROLE')).startsWith('slave') &&
      (await askNode(master, 'ROLE')).includes('connected'),
  );
  return { msToServe, msToWhole, value: await askNode(replica, '-c', 'GET', 'scenario:77') };
}

interface Footprint {
  containers: string[];
  volumes: string[];
  file: string;
}

/** Everything that a cluster leaves, where one is. */
async function footprint(lab: Lab): Promise<Footprint> {
  const label = [`com.docker.compose.project=${lab.project}`];
  const containers = await lab.docker.listContainers({ all: true, filters: { label } });
  const { Volumes: volumes } = await lab.docker.listVolumes({ filters: { label } });
  return {
    containers: containers.map(({ Names }) => Names[0] ?? '').toSorted(),
    volumes: volumes.map(({ Name }) => Name).toSorted(),
    file: await readFile(lab.stack.composeFile, 'utf8'),
  };
}

const differences = (what: string, before: Footprint, after: Footprint): string[] =>
  (Object.keys(before) as (keyof Footprint)[])
    .filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]))
    .map((part) => `after ${what} the ${part} are ${JSON.stringify(after[part]).slice(0, 300)}`);
