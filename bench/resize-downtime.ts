import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { postgresProbe } from '../adapters/postgres/probe.ts';
import { redisProbe } from '../adapters/redis/probe.ts';
import { withPostgres } from '../adapters/postgres/connect.ts';
import { openLab, type Lab } from '../demo/lab.ts';
import { startResize } from '../test/scenarios/database-stage.ts';
import type { Benchmark, BenchOptions, BenchResult } from './benchmark.ts';
import { interleaved, median, round3 } from './measure.ts';
import { watched } from './outage.ts';

const MIB = 2 ** 20;

/** The runbook's 3.3 and 3.4, on a PostgreSQL with work in its buffers, as one has that is too small: how long nobody can read or write, its way (stop, edit, up) and ours. */
export const resizeDowntime: Benchmark = {
  title:
    'outage of a larger PostgreSQL (100 MB of changed rows in its buffers) and Redis: our procedures, and the runbook’s stop, edit, up',
  run: async (options) => {
    const lab = await openLab({ progress: options.progress });
    try {
      return await measure(lab, options);
    } finally {
      await lab.close({ keep: false });
    }
  },
};

async function measure(lab: Lab, { rounds, progress, signal }: BenchOptions): Promise<BenchResult> {
  const { secrets, composeFile, folder } = lab.stack;
  const [postgresUrl = '', redisUrl = ''] = [secrets['CHAT4ALL_POSTGRES_URL'], secrets['CHAT4ALL_REDIS_URL']];
  const sizes = { postgres: 0, redis: 0 };
  // Each change differs from the one before it, whoever makes it.
  const next = (database: keyof typeof sizes): number => {
    sizes[database] = (sizes[database] + 1) % 4;
    return sizes[database];
  };

  const compose = async (...args: string[]): Promise<void> => {
    const where = ['compose', '--project-directory', folder, '--file', composeFile, '-p', lab.project];
    await execa('docker', [...where, ...args], { cancelSignal: signal });
  };
  const edit = async (pattern: RegExp, text: string): Promise<void> => {
    const before = await readFile(composeFile, 'utf8');
    if (!pattern.test(before)) throw new Error(`the compose file has nothing like ${pattern.source}`);
    await writeFile(composeFile, before.replace(pattern, text));
  };
  const run = async (type: string, database: string, input: object): Promise<void> => {
    const { outcome, reason } = await (await startResize(lab, type, database, input)).result();
    if (outcome !== 'completed') throw new Error(`${type} ended ${outcome}: ${reason}`);
  };
  const outageOf = async (database: 'postgres' | 'redis', work: () => Promise<unknown>): Promise<number> => {
    const open = database === 'postgres' ? postgresProbe : redisProbe;
    return (await watched(open, database === 'postgres' ? postgresUrl : redisUrl, work)).outageMs;
  };

  /** The same work before each way: rows changed since the last checkpoint. */
  const busy = (): Promise<void> =>
    withPostgres(
      postgresUrl,
      async (client) => {
        await client.query('CREATE TABLE IF NOT EXISTS bench_rows (id int, changed int, filling text)');
        await client.query('TRUNCATE bench_rows');
        await client.query(
          "INSERT INTO bench_rows SELECT id, 0, repeat('x', 1000) FROM generate_series(1, 100000) AS id",
        );
      },
      { statementTimeoutMs: 120_000 },
    );

  const limits = { cpus: 1, memoryBytes: 512 * MIB };
  const measured = await interleaved(
    rounds,
    {
      oursPostgres: async () => {
        await busy();
        return outageOf('postgres', () =>
          run('resizePostgres', 'postgres', {
            ...limits,
            settings: { shared_buffers: `${128 + 16 * next('postgres')}MB` },
          }),
        );
      },
      peerPostgres: async () => {
        await busy();
        return outageOf('postgres', async () => {
          const size = 128 + 16 * next('postgres');
          await compose('stop', 'postgres');
          await edit(/shared_buffers=\d+MB/, `shared_buffers=${size}MB`);
          await compose('up', '-d', 'postgres');
        });
      },
      livePostgres: () =>
        outageOf('postgres', () =>
          run('resizePostgres', 'postgres', {
            ...limits,
            settings: { work_mem: `${5 + next('postgres')}MB` },
          }),
        ),
      oursRedis: () =>
        outageOf('redis', () =>
          run('resizeRedis', 'redis', { memoryBytes: (160 + 16 * next('redis')) * MIB }),
        ),
      peerRedis: () =>
        outageOf('redis', async () => {
          const size = 64 + 8 * next('redis');
          await compose('stop', 'redis');
          await edit(/(--maxmemory,?\s+)'?\d+(mb)?'?/, `$1${size}mb`);
          await compose('up', '-d', 'redis');
        }),
    },
    (way, round, ms) => progress(`round ${round}, ${way}: ${ms.toFixed(0)} ms`),
  );
  const [ours, peer] = [median(measured.oursPostgres), median(measured.peerPostgres)];
  const live = Math.max(...measured.livePostgres, ...measured.oursRedis);
  return {
    rounds,
    figures: {
      oursMs: Math.round(ours),
      peerMs: Math.round(peer),
      ratio: round3(ours / peer),
      liveMs: Math.round(live),
      oursRedisMs: Math.round(median(measured.oursRedis)),
      peerRedisMs: Math.round(median(measured.peerRedis)),
    },
    bounds: [
      { field: 'ratio', value: ours / peer, atMost: 0.5 },
      { field: 'liveMs', value: live, atMost: 0 },
    ],
    measured,
  };
}
