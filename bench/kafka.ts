import { execa } from 'execa';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaAdmin } from '../adapters/kafka/cluster.ts';
import { createKafka, type KafkaConnection } from '../adapters/kafka/connect.ts';
import { kafkaSource } from '../adapters/kafka/source.ts';
import { ensureKafkaTools } from '../scripts/setup/index.ts';
import { startKafka } from '../test/support/kafka.ts';
import type { Benchmark, BenchOptions, BenchResult } from './benchmark.ts';
import { interleaved, median, round3, timed } from './measure.ts';

const partitionsAtFirst = 10;
const messages = 500;
const consumed = 200;

/** The runbook's 3.2: look at the lag of a group, raise partitions, look that they are there. */
export const kafka: Benchmark = {
  title: 'lag of a group, then partitions raised and verified: ours in a worker, Kafka’s own shell tools',
  run: async (options) => {
    const { tools, java } = await ensureKafkaTools();
    options.progress('starting a broker');
    const server = await startKafka();
    const connection = createKafka({ brokers: server.brokers });
    try {
      const tool = shellTool({ tools, java, broker: server.brokers.join(','), signal: options.signal });
      return await measure({ connection, brokers: server.brokers, tool }, options);
    } finally {
      await connection.close();
      await server.close();
    }
  },
};

type Tool = (name: string, ...args: string[]) => Promise<string>;

/** As the scripts of Kafka's bin folder start it: a Java process for each call. */
const shellTool =
  (with_: { tools: string; java: string; broker: string; signal: AbortSignal }): Tool =>
  async (name, ...args) => {
    const program = ['-Xmx256M', '-cp', `${with_.tools}/*`, `org.apache.kafka.tools.${name}`];
    const { stdout } = await execa(with_.java, [...program, '--bootstrap-server', with_.broker, ...args], {
      cancelSignal: with_.signal,
      stderr: 'ignore',
    });
    return stdout;
  };

async function measure(
  { connection, brokers, tool }: { connection: KafkaConnection; brokers: string[]; tool: Tool },
  { rounds, progress }: BenchOptions,
): Promise<BenchResult> {
  const source = kafkaSource(connection);
  const cluster = kafkaAdmin(connection);
  for (const way of ['ours', 'peer']) await prepare(connection, brokers, way);
  const wanted = { ours: partitionsAtFirst, peer: partitionsAtFirst };
  const lag = messages - consumed;

  const ours = async (): Promise<void> => {
    wanted.ours += 1;
    const group = (await source.groups([{ group: 'group-ours', topic: 'ours' }]))['group-ours'];
    const seen = group instanceof Error || !group?.lagMessages.known ? undefined : group.lagMessages.value;
    if (seen !== lag) throw new Error(`ours says a lag of ${seen}, it is ${lag}`);
    await cluster.growTopic('ours', wanted.ours);
    await cluster.untilLed('ours', { count: wanted.ours, timeoutMs: 10_000 });
  };
  const peer = async (): Promise<void> => {
    wanted.peer += 1;
    const described = await tool(
      'consumer.group.ConsumerGroupCommand',
      '--describe',
      '--group',
      'group-peer',
    );
    const seen = described.split('\n').reduce((sum, line) => sum + lagIn(line), 0);
    if (seen !== lag) throw new Error(`the tool says a lag of ${seen}, it is ${lag}`);
    await tool('TopicCommand', '--alter', '--topic', 'peer', '--partitions', String(wanted.peer));
    const topic = await tool('TopicCommand', '--describe', '--topic', 'peer');
    if (!topic.includes(`PartitionCount: ${wanted.peer}`))
      throw new Error(`the tool did not raise it: ${topic}`);
  };

  // A worker has its connection open for days; every call of the tool is a new process.
  await ours();
  const measured = await interleaved(
    rounds,
    { ours: () => timed(ours), peer: () => timed(peer) },
    (way, round, ms) => progress(`round ${round}, ${way}: ${ms.toFixed(0)} ms`),
  );
  const ratio = median(measured.ours) / median(measured.peer);
  return {
    rounds,
    figures: {
      oursMs: Math.round(median(measured.ours)),
      peerMs: Math.round(median(measured.peer)),
      ratio: round3(ratio),
    },
    bounds: [{ field: 'ratio', value: ratio, atMost: 0.05 }],
    measured,
  };
}

/** A topic with messages, and a group that has confirmed some of them. */
async function prepare(connection: KafkaConnection, brokers: string[], topic: string): Promise<void> {
  const admin = await connection.admin();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitionsAtFirst }] });
  // A send that is tried again on a slow machine must not count twice.
  const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer({ idempotent: true });
  await producer.connect();
  await producer.send({
    topic,
    messages: Array.from({ length: messages }, (_, index) => ({
      partition: index % partitionsAtFirst,
      value: 'x',
    })),
  });
  await producer.disconnect();
  await admin.setOffsets({
    groupId: `group-${topic}`,
    topic,
    partitions: Array.from({ length: partitionsAtFirst }, (_, partition) => ({
      partition,
      offset: String(consumed / partitionsAtFirst),
    })),
  });
}

/** Sixth column of `--describe`: GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG. */
const lagIn = (line: string): number => {
  const lag = Number(line.trim().split(/\s+/)[5]);
  return Number.isFinite(lag) ? lag : 0;
};
