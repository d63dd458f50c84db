import { readFile } from 'node:fs/promises';
import { withMongodb } from '../../adapters/mongodb/connect.ts';
import { countDocuments, urlAt } from '../../adapters/mongodb/copies.ts';
import { readNode } from '../../adapters/mongodb/node.ts';
import { readReplicaSet } from '../../adapters/mongodb/read-replica-set.ts';
import { sendOneMessage } from '../../demo/front-door.ts';
import type { Lab } from '../../demo/lab.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { rollbackSignal } from '../../workflows/contracts.ts';
import { containersOf, lostWrites, measured, startResize, tellSteps } from './database-stage.ts';
import { composeUpChanged } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { untilStep, type Procedure } from './steps.ts';

const collection = 'scenario_orders';
const orders = 500;
const names = ['mongodb-secondary-1', 'mongodb-secondary-2'];

/**
 * The one MongoDB becomes the first of three, with its documents: once taken back in the middle, the database killed right before, with the old state proved, once through to
 * the end with the worker killed at the restart and at a copy.
 */
export const replicaSet: Scenario = {
  title:
    'MongoDB (a named stand-in): one node becomes rs0 of three, the worker killed twice in it; before that the database killed, and rolled back in the middle',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const url = lab.stack.secrets['CHAT4ALL_MONGODB_URL'] ?? '';
  const violations: string[] = [];
  const form = (input: object = {}): Promise<Procedure> =>
    startResize(lab, 'formReplicaSet', 'mongodb', input);
  await withMongodb(url, (client) =>
    client
      .db()
      .collection<{ _id: number }>(collection)
      .insertMany(Array.from({ length: orders }, (_, _id) => ({ _id }))),
  );

  progress('names that others have');
  const refused = await (await form({ secondaries: ['redis', 'postgres'] })).result();
  if (refused.outcome !== 'rejected') violations.push(`names of others ended ${refused.outcome}`);

  progress('SIGKILL of the database while the second copy is made, and a rollback right then');
  const before = await stateOf(lab, url);
  const given = await form();
  await untilStep(given, 'join-mongodb-secondary-2', 'running');
  await killDatabase(lab);
  await given.signal(rollbackSignal, { reason: 'not now', by: 'scenario' });
  const back = await given.result();
  tellSteps(back, progress);
  await lab.saveHistory(given.workflowId, 'formReplicaSet/rolled-back');
  const restored = await stateOf(lab, url);
  violations.push(...rolledBackViolations(back), ...lostWrites('the rollback', back));
  if (JSON.stringify(restored) !== JSON.stringify(before))
    violations.push(
      `after the rollback: ${JSON.stringify({ ...restored, file: restored.file === before.file })}`,
    );
  const changed = await composeUpChanged(lab);
  violations.push(...changed.map((name) => `after the rollback docker compose up -d changed ${name}`));

  const afterRollback = await delivered(lab, violations);

  progress('a member that nobody reaches');
  const cut = await form({ joinTimeoutMs: 6_000 });
  await untilStep(cut, 'nodes', 'done');
  await takeOffNetwork(lab, 'mongodb-secondary-2');
  const unreached = await cut.result();
  tellSteps(unreached, progress);
  await lab.saveHistory(cut.workflowId, 'formReplicaSet/member-unreached');
  if (unreached.code !== 'ClusterNotFormed')
    violations.push(`a member that nobody reaches: ${unreached.code}`);
  violations.push(
    ...rolledBackViolations(unreached),
    ...lostWrites('the member that nobody reaches', unreached),
  );
  if (JSON.stringify(await stateOf(lab, url)) !== JSON.stringify(before))
    violations.push('after the member that nobody reaches it is not as before');

  progress('through to the end: SIGKILL of the worker at the restart, and at the first copy');
  const handle = await form();
  await untilStep(handle, 'restart', 'running');
  await lab.restartWorker();
  await untilStep(handle, 'join-mongodb-secondary-1', 'running');
  await lab.restartWorker();
  const result = await handle.result();
  tellSteps(result, progress);
  await lab.saveHistory(handle.workflowId, 'formReplicaSet/worker-killed');
  if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
  violations.push(...lostWrites('the change', result));
  const status = await withMongodb(url, readReplicaSet);
  const states = status?.members.map(({ state }) => state).join();
  if (states !== 'PRIMARY,SECONDARY,SECONDARY') violations.push(`the members are ${states}`);
  const copies = await copiesOf(lab, url);
  for (const [name, count] of Object.entries(copies))
    if (count !== orders) violations.push(`${name} has ${count} of ${orders} documents`);
  const atEnd = await delivered(lab, violations);
  const stray = (await containersOf(lab, 'mongodb')).map(({ name }) => name);
  if (stray.length !== 1) violations.push(`containers ${stray.join(', ')}`);
  const changedAtEnd = await composeUpChanged(lab);
  violations.push(...changedAtEnd.map((name) => `docker compose up -d changed ${name}`));

  progress('once more: nothing to do');
  const again = await (await form()).result();
  if (again.outcome !== 'no_change') violations.push(`once more ended ${again.outcome}: ${again.reason}`);

  return {
    outcome: result.outcome,
    violations,
    facts: {
      server: 'stand-in for mongo:7.0',
      standIn: true,
      outageMs: result.downtime?.outageMs,
      failedProbes: result.downtime?.failedProbes,
      ...measured([back.downtime, unreached.downtime, result.downtime]),
      unwatchedMs: result.downtime?.unwatchedMs,
      members: status?.members,
      documents: copies,
      uri: uriIn(result),
      composeUpChanged: changed.length + changedAtEnd.length,
      procedureMs: result.endedAtMs - result.startedAtMs,
      rolledBack: {
        outcome: back.outcome,
        outageMs: back.downtime?.outageMs,
        leftOver: back.leftOver,
        sameBytes: restored.file === before.file,
        sameContainer: restored.id === before.id,
      },
      memberUnreached: {
        outcome: unreached.outcome,
        code: unreached.code,
        leftOver: unreached.leftOver,
        outageMs: unreached.downtime?.outageMs,
      },
      messageDeliveredMs: { afterRollback, atEnd },
      namesTaken: refused.refusals.map(({ path, message }) => `${path}: ${message}`),
      again: again.outcome,
    },
  };
}

const rolledBackViolations = ({ outcome, reason, leftOver }: ProcedureResult): string[] => [
  ...(outcome === 'rolled_back' ? [] : [`the rollback ended ${outcome}: ${reason}`]),
  ...leftOver.map((what) => `left over: ${what}`),
];

/** What has to be as it was: the very container, alone, with its documents, the bytes of the file, and nothing beside it. */
async function stateOf(lab: Lab, url: string) {
  const [file, containers, node, documents, others] = await Promise.all([
    readFile(lab.stack.composeFile, 'utf8'),
    containersOf(lab, 'mongodb'),
    withMongodb(url, readNode),
    withMongodb(url, (client) => client.db().collection(collection).countDocuments()),
    leftOver(lab),
  ]);
  return {
    id: containers.map(({ id }) => id).join(),
    command: containers[0]?.command,
    replSet: node.replSet ?? null,
    set: node.set ?? null,
    documents,
    others,
    file,
  };
}

async function leftOver(lab: Lab): Promise<string[]> {
  const found = await Promise.all(names.map((name) => containersOf(lab, name)));
  const { Volumes } = await lab.docker.listVolumes({ filters: { name: ['mongodb-secondary'] } });
  return [...found.flat().map(({ name }) => name), ...(Volumes ?? []).map(({ Name }) => Name)];
}

/** A message through the application, whose driver has been connected all the time. */
async function delivered({ stack: { url, token } }: Lab, violations: string[]): Promise<number | null> {
  try {
    return (await sendOneMessage({ url, token, timeoutMs: 20_000 })).ms;
  } catch (error) {
    violations.push(`the application: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

async function takeOffNetwork({ docker, project }: Lab, service: string): Promise<void> {
  const label = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`];
  const [found] = await docker.listContainers({ filters: { label } });
  for (const network of Object.keys(found?.NetworkSettings.Networks ?? {}))
    await docker.getNetwork(network).disconnect({ Container: found?.Id ?? '' });
}

/** The process, not the container: its restart policy starts it again. */
async function killDatabase(lab: Lab): Promise<void> {
  const running = (await containersOf(lab, 'mongodb')).find(({ state }) => state === 'running');
  const { State } = await lab.docker.getContainer(running?.id ?? '').inspect();
  process.kill(State.Pid, 'SIGKILL');
}

/** Documents of the collection by node, counted in each. */
async function copiesOf(lab: Lab, url: string): Promise<Record<string, number>> {
  const count = async (at: string): Promise<number> =>
    Object.entries(await withMongodb(at, countDocuments))
      .filter(([name]) => name.endsWith(`.${collection}`))
      .reduce((total, [, documents]) => total + documents, 0);
  const secondaries = await Promise.all(
    names.map(
      async (name) => [name, await count(urlAt(url, `${await addressOf(lab, name)}:27017`))] as const,
    ),
  );
  return { mongodb: await count(url), ...Object.fromEntries(secondaries) };
}

async function addressOf({ docker, project }: Lab, service: string): Promise<string> {
  const label = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`];
  const [found] = await docker.listContainers({ filters: { label } });
  const [network] = Object.values(found?.NetworkSettings.Networks ?? {});
  return network?.IPAddress ?? service;
}

const uriIn = ({ notes }: ProcedureResult): string | undefined =>
  /mongodb:\/\/\S+/.exec(notes.find(({ rule }) => rule === 'replica-set.uri')?.message ?? '')?.[0];
