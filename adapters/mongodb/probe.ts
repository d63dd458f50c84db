import { MongoClient, type Collection } from 'mongodb';
import type { DatabaseProbe, OpenProbe } from '../database-probe.ts';

const connectTimeoutMs = 250;
const operationTimeoutMs = 1_000;

interface ProbeWrite {
  _id: string;
  probeId: string;
  sequence: number;
}

/** A document of the collection `crescendo_probe` for each write, acknowledged when it is on the disk. */
export const mongodbProbe: OpenProbe = (url, probeId): DatabaseProbe => {
  let open: MongoClient | undefined;

  const connected = async (): Promise<MongoClient> => {
    if (open !== undefined) return open;
    const client = new MongoClient(url, {
      directConnection: true,
      serverSelectionTimeoutMS: connectTimeoutMs,
      connectTimeoutMS: connectTimeoutMs,
      socketTimeoutMS: operationTimeoutMs,
      maxPoolSize: 1,
      retryReads: false,
      retryWrites: false,
      writeConcern: { w: 1, journal: true },
    });
    try {
      open = await client.connect();
      return open;
    } catch (error) {
      await client.close(true);
      throw error;
    }
  };

  const using = async <T>(work: (writes: Collection<ProbeWrite>) => Promise<T>): Promise<T> => {
    const client = await connected();
    try {
      return await work(client.db().collection<ProbeWrite>('crescendo_probe'));
    } catch (error) {
      if (open === client) open = undefined;
      await client.close(true).catch(() => undefined);
      throw error;
    }
  };

  return {
    prepare: () => using(async (writes) => void (await writes.findOne({ probeId }))),
    write: (sequence) =>
      using(async (writes) => {
        const _id = `${probeId}/${sequence}`;
        await writes.updateOne({ _id }, { $set: { probeId, sequence } }, { upsert: true });
      }),
    read: () => using(async (writes) => void (await writes.findOne({ probeId }))),
    highest: () =>
      using(async (writes) => {
        const last = await writes.findOne({ probeId }, { sort: { sequence: -1 } });
        return last?.sequence ?? 0;
      }),
    missing: (acknowledged) =>
      using(async (writes) => {
        let missing = 0;
        for (const [first, last] of acknowledged) {
          const found = await writes.countDocuments({ probeId, sequence: { $gte: first, $lte: last } });
          missing += last - first + 1 - found;
        }
        return missing;
      }),
    remove: () => using(async (writes) => void (await writes.deleteMany({ probeId }))),
    close: async () => open?.close(true),
  };
};
