import { brokerSettings } from '../domain/broker-services.ts';
import { fullestDisk, largestSizes, logFolders, partitionSizes } from '../domain/broker-disk.ts';
import type { PartitionSizes } from '../domain/broker-room.ts';
import { brokerServiceNames } from '../domain/kafka-service.ts';
import type { Replica } from '../domain/observation.ts';
import { known, unknown, valueOf, type Reading } from '../domain/reading.ts';
import type { Platform } from '../platforms/platform.ts';
import { reasonOf } from './reason.ts';

const execTimeoutMs = 5_000;
/** Every folder of a partition is looked into. */
const sizesTimeoutMs = 30_000;

/** Containers of all services that run a broker: that of the catalog, and those that were added beside it. */
export const brokerContainers = async (
  platform: Platform,
  service: string,
  signal: AbortSignal,
): Promise<Replica[]> => {
  const seen = await platform.observe(undefined, signal);
  return brokerServiceNames(service, Object.keys(seen)).flatMap((name) => seen[name] ?? []);
};

export const runningBrokers = async (
  platform: Platform,
  service: string,
  signal: AbortSignal,
): Promise<Replica[]> =>
  (await brokerContainers(platform, service, signal)).filter(({ state }) => state === 'running');

/** What of its environment tells how another broker joins it. */
export const settingsOf = async (
  platform: Platform,
  { name }: Replica,
  signal: AbortSignal,
): Promise<Record<string, string>> => {
  const { stdout } = await platform.exec(name, ['env'], { signal, timeoutMs: execTimeoutMs });
  return brokerSettings(stdout);
};

/** Mean over all brokers that tell. */
export const brokerCpu = async (
  platform: Platform,
  brokers: readonly Replica[],
  windowMs: number,
  signal: AbortSignal,
): Promise<Reading> => {
  const source = 'the platform';
  try {
    const services = [...new Set(brokers.map(({ service }) => service))];
    const usage = await platform.stats(services, { windowMs, signal });
    const values = brokers.flatMap(({ name }) => valueOf(usage[name]?.cpuOfLimit) ?? []);
    if (values.length === 0) return unknown('no broker tells of its CPU, or none runs', source);
    return known(values.reduce((sum, value) => sum + value, 0) / values.length, source);
  } catch (error) {
    return unknown(reasonOf(error, signal), source);
  }
};

/** `df` of the folders that each broker keeps its partitions in: the fullest counts. */
export const brokerDisk = async (
  platform: Platform,
  brokers: readonly Replica[],
  signal: AbortSignal,
): Promise<Reading> => {
  const source = 'df in the brokers';
  const looked = await Promise.all(brokers.map((broker) => diskOf(platform, broker, signal)));
  const ratios = looked.filter((one) => typeof one === 'number');
  const reasons = looked.filter((one) => typeof one === 'string');
  return ratios.length === 0
    ? unknown(reasons.join('; ') || 'no broker runs', source)
    : known(Math.max(...ratios), source);
};

const diskOf = async (platform: Platform, broker: Replica, signal: AbortSignal): Promise<number | string> => {
  try {
    const folders = logFolders(await settingsOf(platform, broker, signal));
    const options = { signal, timeoutMs: execTimeoutMs };
    const { stdout } = await platform.exec(broker.name, ['df', '-P', ...folders], options);
    return fullestDisk(stdout) ?? `df tells nothing of ${folders.join(', ')} in ${broker.name}`;
  } catch (error) {
    return `${broker.name}: ${reasonOf(error, signal)}`;
  }
};

/** Bytes of one copy of each partition, as far as brokers tell. */
export const sizesOn = async (
  platform: Platform,
  brokers: readonly Replica[],
  signal: AbortSignal,
): Promise<PartitionSizes> => {
  const looked = await Promise.all(brokers.map((broker) => sizesOf(platform, broker, signal)));
  return {
    bytes: largestSizes(looked.filter((one) => typeof one !== 'string')),
    silent: brokers.length === 0 ? ['no broker runs'] : looked.filter((one) => typeof one === 'string'),
  };
};

const sizesOf = async (
  platform: Platform,
  broker: Replica,
  signal: AbortSignal,
): Promise<Record<string, number> | string> => {
  try {
    const folders = logFolders(await settingsOf(platform, broker, signal));
    const options = { signal, timeoutMs: sizesTimeoutMs };
    // A segment that is deleted meanwhile makes it end with 1, and is no loss.
    const { stdout } = await platform.exec(broker.name, ['du', '-k', '-d', '1', ...folders], options);
    if (stdout.trim() !== '') return partitionSizes(stdout);
    return `du tells nothing of ${folders.join(', ')} in ${broker.name}`;
  } catch (error) {
    return `${broker.name}: ${reasonOf(error, signal)}`;
  }
};
