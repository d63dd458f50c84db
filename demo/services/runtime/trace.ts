import { Redis } from 'ioredis';
import { required } from './environment.ts';
import { log } from './log.ts';

/** How far a message came: a hash in Redis for each message, to which each service adds its fields. */
export interface Trace {
  /** One round trip for all of them. `count` names a field that grows by one each time. */
  record: (
    entries: readonly { id: string; fields: Record<string, string>; count?: string }[],
  ) => Promise<void>;
  read: (id: string) => Promise<Record<string, string> | null>;
  close: () => Promise<unknown>;
}

const keepSeconds = 900;
const keyOf = (id: string): string => `message:${id}`;

export const connectTrace = (): Trace => {
  const redis = new Redis(required('REDIS_URL'), { maxRetriesPerRequest: 3 });
  redis.on('error', (error: Error) => log.error('redis', error));
  return {
    record: async (entries) => {
      const pipeline = redis.pipeline();
      for (const { id, fields, count } of entries) {
        pipeline.hset(keyOf(id), fields).expire(keyOf(id), keepSeconds);
        if (count !== undefined) pipeline.hincrby(keyOf(id), count, 1);
      }
      const results = await pipeline.exec();
      const failed = results?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
    },
    read: async (id) => {
      const fields = await redis.hgetall(keyOf(id));
      return Object.keys(fields).length === 0 ? null : fields;
    },
    close: () => redis.quit(),
  };
};
