import type { KafkaAdmin } from '../adapters/kafka/cluster.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type { KafkaSymptoms } from '../domain/kafka-symptoms.ts';
import { known, unknown, valueOf, type Reading } from '../domain/reading.ts';
import { pause } from '../adapters/abort.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { replicasOf } from './replicas.ts';
import { servicesIn } from './names.ts';
import { currentTask } from './task.ts';

/** Runbook 3.2: what is there and whether anything calls for more of it, read before anything is planned. */
export const kafkaClusterActivities = (dependencies: Dependencies): Pick<Activities, 'readKafka'> => ({
  readKafka: async ({ topic, services, sampleMs }) => {
    const { signal } = currentTask();
    const { platform, kafka, nowMs, loadCatalog } = dependencies;
    const { catalog } = await loadCatalog();
    const consumers = servicesIn(catalog, services).flatMap(({ consumer }) => consumer ?? []);
    const watched =
      consumers.length > 0
        ? consumers
        : Object.values(catalog.services).flatMap(({ consumer }) => consumer ?? []);
    const groups = async () => (await kafka?.groups(watched, signal)) ?? {};
    const before = await groups();
    const [cluster, ongoing, replicas, cpu, disk] = await Promise.all([
      existing(dependencies).cluster(undefined, signal),
      existing(dependencies).ongoing(signal),
      platform.observe(services, signal),
      brokerCpu(dependencies, catalog.kafka?.service, sampleMs, signal),
      diskUsed(dependencies, catalog.kafka?.service, signal),
      pause(sampleMs, signal),
    ]);
    const after = await groups();
    const topics = [...new Set(cluster.partitions.map(({ topic: name }) => name))];
    const throttled = await existing(dependencies).throttled(cluster.brokers, topics);
    const symptoms: KafkaSymptoms = {
      brokerCpuOfLimit: cpu,
      diskUsed: disk,
      groups: watched
        .filter(({ topic: consumed }) => consumers.length === 0 || topic === undefined || consumed === topic)
        .map(({ group, topic: consumed }) => {
          const [start, end] = [before[group], after[group]];
          const lag = (seen: typeof start): Reading =>
            seen === undefined || seen instanceof Error
              ? unknown(seen?.message ?? 'Kafka gave no answer', `Kafka offsets of ${group}`)
              : seen.lagMessages;
          const members = end === undefined || end instanceof Error ? 0 : end.members;
          return { group, topic: consumed, before: lag(start), after: lag(end), members };
        }),
    };
    return { cluster, ongoing, throttled, replicas, symptoms, observedAtMs: nowMs() };
  },
});

export const existing = ({ kafkaAdmin }: Dependencies): KafkaAdmin => {
  if (kafkaAdmin !== undefined) return kafkaAdmin;
  throw new CrescendoError(
    'NotScalable',
    'the catalog names no Kafka whose topics and brokers can be changed',
  );
};

/** Mean over the brokers' containers. */
const brokerCpu = async (
  { platform }: Dependencies,
  service: string | undefined,
  windowMs: number,
  signal: AbortSignal,
): Promise<Reading> => {
  const source = 'the platform';
  if (service === undefined)
    return unknown('the catalog does not name the service of the brokers (kafka.service)', source);
  try {
    const usage = await platform.stats([service], { windowMs, signal });
    const values = Object.values(usage).flatMap(({ cpuOfLimit }) => valueOf(cpuOfLimit) ?? []);
    if (values.length === 0) return unknown('the brokers have no limit of CPU, or none runs', source);
    return known(values.reduce((sum, value) => sum + value, 0) / values.length, source);
  } catch (error) {
    signal.throwIfAborted();
    return unknown(error instanceof Error ? error.message : String(error), source);
  }
};

/** `df` under the folder that Kafka keeps its logs in, of the first broker that runs. */
const diskUsed = async (
  { platform }: Dependencies,
  service: string | undefined,
  signal: AbortSignal,
): Promise<Reading> => {
  const source = 'df in the broker';
  if (service === undefined)
    return unknown('the catalog does not name the service of the brokers (kafka.service)', source);
  try {
    const broker = (await replicasOf(platform, service, signal)).find(({ state }) => state === 'running');
    if (broker === undefined) return unknown(`no replica of ${service} runs`, source);
    const { exitCode, stdout } = await platform.exec(broker.name, ['df', '-P', '/var/lib/kafka/data'], {
      signal,
      timeoutMs: 5_000,
    });
    const percent = /(\d+)%/.exec(stdout)?.[1];
    if (exitCode !== 0 || percent === undefined) return unknown('df tells nothing there', source);
    return known(Number(percent) / 100, source);
  } catch (error) {
    signal.throwIfAborted();
    return unknown(error instanceof Error ? error.message : String(error), source);
  }
};
