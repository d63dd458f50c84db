import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Kafka, logLevel } from 'kafkajs';
import { ensureKafkaJars } from '../../scripts/setup/index.ts';
import { freePort } from './free-port.ts';
import { serverProcess, type ServerProcess } from './server-process.ts';

export interface KafkaServer extends ServerProcess {
  /** For kafkajs: `['127.0.0.1:port']`; the same after stop, or kill, and start. */
  brokers: string[];
  /** `1@127.0.0.1:port`: where another broker finds the controller. */
  voters: string;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** One real broker in KRaft mode on free ports, with a small heap. `properties` are added to its configuration. */
export async function startKafka(properties: Record<string, string> = {}): Promise<KafkaServer> {
  const controllerPort = await freePort();
  return startNode(`1@127.0.0.1:${controllerPort}`, {
    'process.roles': 'broker,controller',
    'node.id': '1',
    ...properties,
  });
}

/** One more broker, and nothing but a broker, for the cluster of `first`. */
export const joinKafka = (
  first: KafkaServer,
  id: number,
  properties: Record<string, string> = {},
): Promise<KafkaServer> =>
  startNode(first.voters, { 'process.roles': 'broker', 'node.id': String(id), ...properties });

async function startNode(voters: string, properties: Record<string, string>): Promise<KafkaServer> {
  const { jars, java } = await ensureKafkaJars();
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-kafka-'));
  const port = await freePort();
  const brokers = [`127.0.0.1:${port}`];
  const configFile = join(folder, 'server.properties');
  const javaArgs = [
    '-Xms64m',
    '-Xmx320m',
    '-XX:+UseSerialGC',
    `-Dlog4j.configuration=file:${folder}/log4j.properties`,
  ];
  const main = (name: string, ...args: string[]): string[] => [
    ...javaArgs,
    '-cp',
    `${jars}/*`,
    name,
    ...args,
  ];

  const server = serverProcess({
    what: 'Kafka',
    program: java,
    args: main('kafka.Kafka', configFile),
    logFile: join(folder, 'kafka.log'),
    isReady: () => answers(brokers),
  });
  const close = async (): Promise<void> => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await writeFile(configFile, configuration(folder, port, voters, properties));
    await writeFile(join(folder, 'log4j.properties'), logging);
    await execa(
      java,
      main('kafka.tools.StorageTool', 'format', '-t', 'Y3Jlc2NlbmRvLXRlc3RzLQ', '-c', configFile),
    );
    await server.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { ...server, brokers, voters, close };
}

const configuration = (
  folder: string,
  port: number,
  voters: string,
  properties: Record<string, string>,
): string =>
  Object.entries({
    'controller.quorum.voters': voters,
    listeners: [
      `PLAINTEXT://127.0.0.1:${port}`,
      ...(properties['process.roles'] === 'broker' ? [] : [`CONTROLLER://${voters.split('@')[1]}`]),
    ].join(','),
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    // A broker that was killed is let back in after this time.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    ...properties,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

const logging = [
  'log4j.rootLogger=WARN, out',
  'log4j.appender.out=org.apache.log4j.ConsoleAppender',
  'log4j.appender.out.layout=org.apache.log4j.PatternLayout',
  'log4j.appender.out.layout.ConversionPattern=%d %p %m (%c)%n',
  '',
].join('\n');

async function answers(brokers: string[]): Promise<boolean> {
  const admin = new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 1_000,
  }).admin();
  try {
    await admin.connect();
    const { brokers: members } = await admin.describeCluster();
    return members.length > 0;
  } finally {
    await admin.disconnect();
  }
}
