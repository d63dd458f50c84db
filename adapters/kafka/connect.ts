import { Kafka, logLevel, type Admin, type LogEntry } from 'kafkajs';
import type { KafkaSpec } from '../../domain/catalog.ts';
import { kafkaUnavailable } from './errors.ts';

/** One connection to a Kafka cluster, opened at the first use. */
export interface KafkaConnection {
  /** The connected admin client. Throws KafkaUnavailable. */
  admin(): Promise<Admin>;
  close(): Promise<void>;
}

export interface KafkaOptions {
  clientId?: string;
  /** What kafkajs would have printed; nothing is printed when left out. */
  onLog?: (entry: { level: 'error' | 'warn'; message: string }) => void;
}

/** Short limits: an operator waits for the answer, and the activities retry by themselves. */
const limits = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 2 },
} as const;

/** A connection to the brokers of the catalog. Nothing is opened before the first call of `admin`. */
export const createKafka = (spec: KafkaSpec, options: KafkaOptions = {}): KafkaConnection => {
  const kafka = new Kafka({
    clientId: options.clientId ?? 'crescendo',
    brokers: spec.brokers,
    ...limits,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => forward(entry, options.onLog),
  });
  let opening: Promise<Admin> | undefined;

  const open = async (): Promise<Admin> => {
    const admin = kafka.admin({ retry: limits.retry });
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      opening = undefined;
      throw kafkaUnavailable(`no broker of ${spec.brokers.join(', ')} answers`, error);
    }
  };

  const close = async (): Promise<void> => {
    const old = opening;
    opening = undefined;
    // An admin that could not be opened has nothing to close; its error went to whoever asked for it.
    const admin = await old?.catch(() => undefined);
    await admin?.disconnect();
  };

  return { admin: () => (opening ??= open()), close };
};

const forward = (entry: LogEntry, onLog: KafkaOptions['onLog']): void => {
  if (onLog === undefined) return;
  onLog({ level: entry.level === logLevel.ERROR ? 'error' : 'warn', message: entry.log.message });
};
