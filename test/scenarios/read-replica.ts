import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { withPostgres } from '../../adapters/postgres/connect.ts';
import type { Lab } from '../../demo/lab.ts';
import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { rollbackSignal } from '../../workflows/contracts.ts';
import { startApproved } from './approving.ts';
import { askPostgresIn } from './asking.ts';
import { containersOf, liveViolations, lostWrites, measured, tellSteps } from './database-stage.ts';
import { composeUpChanged } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { untilStep } from './steps.ts';

const rows = 200_000;

/**
 * A standby of PostgreSQL: the worker killed in its base backup; a second one taken back by a signal, and a third whose disk is full. The
 * primary is read and written all the time and never stops.
 */
export const readReplica: Scenario = {
  title: 'A read replica of PostgreSQL: base backup with the worker killed, a rollback, a full disk',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const url = lab.stack.secrets['CHAT4ALL_POSTGRES_URL'] ?? '';
  const violations: string[] = [];
  const add = (name: string, asked: object = {}, beforeApproval?: () => Promise<void>) =>
    startApproved(
      lab,
      'addReadReplica',
      databaseWorkflowId(lab.environment, 'postgres'),
      { database: 'postgres', sampleMs: 1_000, name, ...asked },
      beforeApproval,
    );
  await fill(url);
  const file = await readFile(lab.stack.composeFile, 'utf8');
  const [primary] = await containersOf(lab, 'postgres');

  progress('a read replica; SIGKILL of the worker in its base backup');
  const handle = await add('postgres-replica-1');
  await untilStep(handle, 'replica', 'running');
  await lab.restartWorker();
  const result = await handle.result();
  tellSteps(result, progress);
  await lab.saveHistory(handle.workflowId, 'addReadReplica/worker-killed');
  violations.push(...liveViolations('the read replica', result));
  const replicaRows = await askPostgresIn(
    'chat4all-postgres-replica-1',
    'SELECT count(*) FROM scenario_rows',
  );
  if (Number(replicaRows) !== rows) violations.push(`the replica has ${replicaRows} of ${rows} rows`);
  const isStandby = await askPostgresIn('chat4all-postgres-replica-1', 'SELECT pg_is_in_recovery()');
  if (isStandby !== 't') violations.push('the replica is no standby');
  const lagMs = await untilSeen(url);
  const changed = await composeUpChanged(lab);
  violations.push(...changed.map((name) => `docker compose up -d changed ${name}`));

  progress('the same once more');
  const again = await (await add('postgres-replica-1')).result();
  if (again.outcome !== 'no_change') violations.push(`a second time ended ${again.outcome}`);

  progress('a second replica, and a rollback in its base backup');
  const withOne = await footprint(lab, url);
  const second = await add('postgres-replica-2');
  await untilStep(second, 'replica', 'running');
  await second.signal(rollbackSignal, { reason: 'not now' });
  const taken = await second.result();
  tellSteps(taken, progress);
  await lab.saveHistory(second.workflowId, 'addReadReplica/rolled-back');
  if (taken.outcome !== 'rolled_back')
    violations.push(`the rollback ended ${taken.outcome}: ${taken.reason}`);
  violations.push(...lostWrites('the rollback', taken));
  violations.push(...differences('the rollback', withOne, await footprint(lab, url)));

  progress('a replica whose volume is there already: nothing of it is touched');
  const kept = await keptVolume(lab, 'postgres-replica-4-data');
  const refused = await (await add('postgres-replica-4')).result();
  if (refused.outcome !== 'rejected')
    violations.push(`a volume that is there ended ${refused.outcome}: ${refused.reason}`);
  await kept.remove();

  progress('a third replica, on a disk that is full');
  // After the plan, which refuses a volume that is there.
  const third = await add('postgres-replica-3', { approval: 'required' }, () =>
    smallVolume(lab, 'postgres-replica-3-data'),
  );
  const full = await third.result();
  tellSteps(full, progress);
  await lab.saveHistory(third.workflowId, 'addReadReplica/disk-full');
  if (full.outcome !== 'rolled_back' || !full.reason.includes('No space left'))
    violations.push(`a full disk ended ${full.outcome} (${full.code}): ${full.reason}`);
  violations.push(...differences('the full disk', withOne, await footprint(lab, url)));

  const [after] = await containersOf(lab, 'postgres');
  if (after?.id !== primary?.id) violations.push('the primary runs in another container');
  const changedAtEnd = await composeUpChanged(lab);
  violations.push(...changedAtEnd.map((name) => `docker compose up -d changed ${name} at the end`));

  return {
    outcome: result.outcome,
    violations,
    facts: {
      outageMs: result.downtime?.outageMs,
      failedProbes: result.downtime?.failedProbes,
      ...measured([result.downtime, taken.downtime, full.downtime]),
      before: { standbys: 0, composeFileBytes: file.length },
      after: { standbys: withOne.slots.length, composeFileBytes: withOne.file.length },
      replicaRows: Number(replicaRows),
      seenOnReplicaAfterMs: lagMs,
      rollback: { outcome: taken.outcome, failedProbes: taken.downtime?.failedProbes },
      fullDisk: { outcome: full.outcome, code: full.code, failedProbes: full.downtime?.failedProbes },
      composeUpChanged: changed.length + changedAtEnd.length,
    },
  };
}

/** Enough that a base backup takes a moment. */
const fill = (url: string): Promise<void> =>
  withPostgres(url, async (client) => {
    await client.query('CREATE TABLE IF NOT EXISTS scenario_rows (id int, text text)');
    await client.query('TRUNCATE scenario_rows');
    await client.query(
      'INSERT INTO scenario_rows SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, $1) n',
      [rows],
    );
  });

/** A row on the primary, until the replica has it. */
async function untilSeen(url: string): Promise<number> {
  await withPostgres(url, async (client) => {
    await client.query('INSERT INTO scenario_rows VALUES (0, $1)', ['seen']);
  });
  const startedAtMs = Date.now();
  const query = 'SELECT count(*) FROM scenario_rows WHERE id = 0';
  while ((await askPostgresIn('chat4all-postgres-replica-1', query)) !== '1') {
    if (Date.now() - startedAtMs > 10_000) throw new Error('a row did not reach the replica within 10 s');
    await sleep(20);
  }
  return Date.now() - startedAtMs;
}

interface Footprint {
  slots: string[];
  rules: string[];
  containers: string[];
  volumes: string[];
  file: string;
}

/** Everything that a read replica leaves, where one is. */
async function footprint(lab: Lab, url: string): Promise<Footprint> {
  const [slots, rules] = await withPostgres(url, async (client) => [
    (await client.query<{ name: string }>('SELECT slot_name AS name FROM pg_replication_slots ORDER BY 1'))
      .rows,
    (
      await client.query<{ name: string }>(
        "SELECT concat(database, user_name, address) AS name FROM pg_hba_file_rules WHERE type = 'host' ORDER BY 1",
      )
    ).rows,
  ]);
  const label = [`com.docker.compose.project=${lab.project}`];
  const containers = await lab.docker.listContainers({ all: true, filters: { label } });
  const { Volumes: volumes } = await lab.docker.listVolumes({ filters: { label } });
  return {
    slots: (slots ?? []).map(({ name }) => name),
    rules: (rules ?? []).map(({ name }) => name),
    containers: containers.map(({ Names }) => Names[0] ?? '').toSorted(),
    volumes: volumes.map(({ Name }) => Name).toSorted(),
    file: await readFile(lab.stack.composeFile, 'utf8'),
  };
}

const differences = (what: string, before: Footprint, after: Footprint): string[] =>
  (Object.keys(before) as (keyof Footprint)[])
    .filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]))
    .map((part) => `after ${what} the ${part} are ${JSON.stringify(after[part]).slice(0, 300)}`);

/** What somebody has made with Compose, for whatever reason. Its removal fails when it is gone. */
const keptVolume = ({ docker, project }: Lab, volume: string): Promise<Dockerode.Volume> =>
  docker
    .createVolume({
      Name: `${project}_${volume}`,
      Labels: { 'com.docker.compose.project': project, 'com.docker.compose.volume': volume },
    })
    .then(() => docker.getVolume(`${project}_${volume}`));

/** What Compose would make for the service, with 8 MB of room. */
const smallVolume = async ({ docker, project }: Lab, volume: string): Promise<void> => {
  await docker.createVolume({
    Name: `${project}_${volume}`,
    DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=8m,mode=1777' },
    Labels: { 'com.docker.compose.project': project, 'com.docker.compose.volume': volume },
  });
};
