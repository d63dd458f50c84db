import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../demo/lab.ts';
import { kafkaAdmin } from '../../adapters/kafka/cluster.ts';
import { createKafka, type KafkaConnection } from '../../adapters/kafka/connect.ts';
import { replicasByBroker, unhealthy, type KafkaCluster } from '../../domain/kafka-cluster.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { rollbackSignal } from '../../workflows/contracts.ts';
import { addBrokersWorkflowId } from '../../workflows/contracts/add-brokers.ts';
import { startApproved } from './approving.ts';
import { openLedger } from './ledger.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { untilStep, type Procedure } from './steps.ts';

/** Slow enough that the worker is killed in the middle of the first batch. */
const throttleBytesPerSecond = 1_500_000;
const partitions = 6;
const megabytes = 24;

/**
 * From one broker to three with three copies of everything, while messages are written: none is lost, although the worker is killed in
 * the middle of the copies. Before that a broker that never joins: everything is as it was.
 */
export const addBrokers: Scenario = {
  title:
    'from one broker to three while messages are written; a broker that never joins; a rollback; the worker killed',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const brokers = lab.catalog.kafka?.brokers ?? [];
  const connection = createKafka({ brokers });
  const kafka = kafkaAdmin(connection);
  const violations: string[] = [];
  progress(`writing ${megabytes} MB and then a message every 20 ms, acks=all`);
  const ledger = await openLedger(brokers, partitions, megabytes);
  try {
    const before = await kafka.cluster();
    const refused = await neverJoins(lab, progress);
    const restored = await kafka.cluster();
    if (refused.outcome !== 'rolled_back')
      violations.push(`a broker that never joins ended ${refused.outcome}: ${refused.reason}`);
    if (JSON.stringify(placesOf(restored)) !== JSON.stringify(placesOf(before)))
      violations.push('the partitions are not where they were');
    violations.push(...(await leftOver(lab)));

    const back = await rolledBack(lab, progress);
    const asBefore = await kafka.cluster();
    if (back.outcome !== 'rolled_back')
      violations.push(`rollback in the middle ended ${back.outcome}: ${back.leftOver.join('; ')}`);
    if (JSON.stringify(placesOf(asBefore)) !== JSON.stringify(placesOf(before)))
      violations.push('the partitions are not back where they were');
    violations.push(...(await leftOver(lab)), ...(await throttles(connection, asBefore)));

    const handle = await startApproved(lab, 'addBrokers', addBrokersWorkflowId(lab.environment), {
      brokers: 3,
      replicationFactor: 3,
      throttleBytesPerSecond,
      batchPartitions: 30,
      sampleMs: 1_000,
    });
    await untilStep(handle, 'move-1', 'running');
    const samples: string[] = [];
    const watching = watch(handle, samples, progress);
    await sleep(3_000);
    const ongoing = (await kafka.ongoing()).length;
    progress(`${ongoing} partitions on their way: SIGKILL of the worker`);
    await lab.restartWorker();
    const result = await handle.result();
    await watching;
    await lab.saveHistory(handle.workflowId, 'addBrokers/worker-killed');
    for (const step of result.steps) progress(`${step.status} ${step.title}: ${step.facts.join('; ')}`);
    progress(`${result.outcome}: ${result.reason}`);
    await ledger.stop();
    const after = await kafka.cluster();
    const found = await ledger.find();

    if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
    if (ongoing === 0) violations.push('nothing was on its way when the worker was killed');
    if (found !== ledger.acknowledged())
      violations.push(`${ledger.acknowledged() - found} messages are lost`);
    if (after.brokers.length !== 3) violations.push(`brokers ${after.brokers.join(', ')} are alive`);
    const behind = unhealthy(after.partitions).length;
    if (behind > 0) violations.push(`${behind} partitions are not in sync`);
    const few = after.partitions.filter(({ replicas }) => replicas.length !== 3).length;
    if (few > 0) violations.push(`${few} partitions do not have three copies`);
    violations.push(...(await throttles(connection, after)));
    return {
      outcome: result.outcome,
      violations,
      facts: {
        outageMs: ledger.outageMs(),
        failedProbes: ledger.failed(),
        writesAcknowledged: ledger.acknowledged(),
        writesFound: found,
        messagesProduced: ledger.acknowledged(),
        messagesConsumed: found,
        before: { brokers: before.brokers, copies: replicasByBroker(before) },
        after: { brokers: after.brokers, copies: replicasByBroker(after) },
        movingWhenKilled: ongoing,
        progress: samples,
        procedureMs: result.endedAtMs - result.startedAtMs,
        rolledBackInTheMiddle: { outcome: back.outcome, leftOver: back.leftOver },
        brokerNeverJoined: { outcome: refused.outcome, code: refused.code, leftOver: refused.leftOver },
      },
    };
  } finally {
    await ledger.close();
    await connection.close();
  }
}

/** Takes the new broker off the network as soon as it is there. */
async function neverJoins(lab: Lab, progress: (text: string) => void): Promise<ProcedureResult> {
  progress('a broker that never joins');
  const handle = await startApproved(lab, 'addBrokers', addBrokersWorkflowId(lab.environment), {
    brokers: 2,
    joinTimeoutMs: 12_000,
    sampleMs: 1_000,
  });
  const cut = async (): Promise<void> => {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const [found] = await lab.docker.listContainers({ filters: { name: ['kafka-2'] } });
      if (found !== undefined) {
        for (const network of Object.keys(found.NetworkSettings.Networks))
          await lab.docker.getNetwork(network).disconnect({ Container: found.Id });
        return;
      }
      await sleep(50);
    }
  };
  const [result] = await Promise.all([handle.result(), cut()]);
  await lab.saveHistory(handle.workflowId, 'addBrokers/rolled-back');
  progress(`${result.outcome}: ${result.reason}; ${result.leftOver.join('; ')}`);
  return result;
}

/** Somebody wants everything back while copies are on their way: copies first, then the brokers. */
async function rolledBack(lab: Lab, progress: (text: string) => void): Promise<ProcedureResult> {
  progress('a rollback while copies are on their way');
  const handle = await startApproved(lab, 'addBrokers', addBrokersWorkflowId(lab.environment), {
    brokers: 2,
    throttleBytesPerSecond,
    sampleMs: 1_000,
  });
  await untilStep(handle, 'move-1', 'running');
  await sleep(2_000);
  await handle.signal(rollbackSignal, { reason: 'not now', by: 'scenario' });
  const result = await handle.result();
  await lab.saveHistory(handle.workflowId, 'addBrokers/rolled-back-moving');
  progress(`${result.outcome}: ${result.reason}; ${result.leftOver.join('; ')}`);
  return result;
}

/** Containers and volumes of brokers that should be gone. */
async function leftOver(lab: Lab): Promise<string[]> {
  const containers = await lab.docker.listContainers({ all: true, filters: { name: ['kafka-2'] } });
  const { Volumes } = await lab.docker.listVolumes({ filters: { name: ['kafka-2'] } });
  return [
    ...containers.map(({ Names }) => `container ${Names.join()} is left`),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name} is left`),
  ];
}

/** What the activity that moves tells of how far it is, without repeating itself. */
async function watch(handle: Procedure, samples: string[], progress: (text: string) => void): Promise<void> {
  for (;;) {
    const { status, raw } = await handle.describe();
    if (status.name !== 'RUNNING') return;
    for (const { heartbeatDetails } of raw.pendingActivities ?? []) {
      const data = heartbeatDetails?.payloads?.[0]?.data;
      // Nothing was reported yet: that is a payload without data.
      const sentence = data?.length ? sentenceIn(Buffer.from(data).toString('utf8')) : undefined;
      if (sentence === undefined || samples.at(-1) === sentence || !sentence.includes('%')) continue;
      samples.push(sentence);
      progress(sentence);
    }
    await sleep(1_000);
  }
}

const sentenceIn = (json: string): string | undefined => {
  const details: unknown = JSON.parse(json);
  if (typeof details !== 'object' || details === null || !('sentence' in details)) return undefined;
  return typeof details.sentence === 'string' ? details.sentence : undefined;
};

const placesOf = ({ partitions: places }: KafkaCluster) =>
  places.map(({ topic, partition, replicas }) => `${topic}-${partition}:${replicas.join('+')}`).toSorted();

/** A throttle that was left: there is nothing to take off when all is well. */
async function throttles(
  connection: KafkaConnection,
  { brokers, partitions: places }: KafkaCluster,
): Promise<string[]> {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  const left = await kafkaAdmin(connection).clearThrottle(brokers, topics);
  return left === 0 ? [] : [`${left} brokers or topics still had a throttle`];
}
