import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KafkaAdmin } from '../../adapters/kafka/cluster.ts';
import { known, valueOf } from '../../domain/reading.ts';
import { catalogFor, fixtureFor, type Fixture } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let local: LocalPlatform;
let fixture: Fixture;
let folder: string;
/** CPU of each container, and where its broker keeps its partitions. */
let cpu: Record<string, number>;
let folders: Record<string, string>;

const kafkaAdmin = {
  cluster: async () => ({ brokers: [1, 2], partitions: [] }),
  ongoing: async () => [],
  throttled: async () => [],
} as unknown as KafkaAdmin;

beforeEach(async () => {
  local = await startLocalPlatform();
  folder = await mkdtemp(join(tmpdir(), 'crescendo-brokers-'));
  cpu = {};
  folders = {};
  const broker = async (service: string, cpuOfLimit: number, partitions: Record<string, number>) => {
    const { name } = await local.add(service);
    cpu[name] = cpuOfLimit;
    const own = join(folder, service);
    folders[name] = own;
    for (const [partition, bytes] of Object.entries(partitions)) {
      await mkdir(join(own, partition), { recursive: true });
      await writeFile(join(own, partition, '0.log'), Buffer.alloc(bytes, 'x'));
    }
  };
  await broker('kafka', 0.4, { 'orders-0': 100_000, 'orders-1': 300_000 });
  await broker('kafka-2', 0.9, { 'orders-0': 200_000 });
  await local.add('kafka-ui');
  const platform = {
    ...local,
    stats: async (services: readonly string[]) =>
      Object.fromEntries(
        Object.values(local.replicas)
          .flat()
          .filter(({ service }) => services.includes(service))
          .map(({ name }) => {
            const none = known(0, 'test');
            const cpuOfLimit = known(cpu[name] ?? 0, 'test');
            return [name, { cpuOfLimit, cpus: none, memoryBytes: none, memoryOfLimit: none }];
          }),
      ),
    storage: async () => ({ freeBytes: 1e9 }),
    // Real programs on the real folders of this machine.
    exec: async (name: string, [program = '', ...args]: readonly string[]) => {
      const env = { KAFKA_LOG_DIRS: folders[name] ?? '' };
      const { exitCode = 0, stdout, stderr } = await execa(program, args, { env, reject: false });
      return { exitCode, stdout, stderr };
    },
  } as unknown as LocalPlatform;
  const catalog = { ...catalogFor(local), kafka: { brokers: [], service: 'kafka' } };
  fixture = fixtureFor(platform, { kafkaAdmin, loadCatalog: async () => ({ catalog, hash: 'hash' }) });
});
afterEach(async () => {
  await local.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the symptoms of brokers', () => {
  const read = async () =>
    (await fixture.run((activities) => activities.readKafka({ services: [], sampleMs: 10 }))).symptoms;

  it('are those of every broker that was added too, and of nothing else', async () => {
    expect(valueOf((await read()).brokerCpuOfLimit)).toBeCloseTo(0.65);
  });

  it('tell of the disk under the folders that the brokers really use', async () => {
    const { stdout } = await execa('df', ['-P', folder]);
    const percent = Number(/(\d+)%/.exec(stdout)?.[1]);
    expect(valueOf((await read()).diskUsed)).toBeCloseTo(percent / 100);
    for (const name of Object.keys(folders)) folders[name] = join(folder, 'nothing');
    expect((await read()).diskUsed).toMatchObject({ known: false });
  });
});

describe('the room for more brokers', () => {
  it('is what host and disk have left, what the standing one may take, and the largest copy of each partition', async () => {
    const { room, settings } = await fixture.run((activities) =>
      activities.readBrokerSettings({ service: 'kafka' }),
    );
    expect(settings).toEqual({ KAFKA_LOG_DIRS: join(folder, 'kafka') });
    expect(valueOf(room.diskFreeBytes)).toBe(1e9);
    expect(valueOf(room.hostMemoryFreeBytes)).toBe(4e9);
    expect(valueOf(room.brokerMemoryBytes)).toBe(200);
    expect(room.partitions.silent).toEqual([]);
    expect(room.partitions.bytes['orders-0']).toBeGreaterThanOrEqual(200_000);
    expect(room.partitions.bytes['orders-0']).toBeLessThan(300_000);
    expect(room.partitions.bytes['orders-1']).toBeGreaterThanOrEqual(300_000);
  });

  it('says which broker does not tell what its partitions take', async () => {
    folders[Object.keys(folders)[1] ?? ''] = join(folder, 'nothing');
    const { room } = await fixture.run((activities) => activities.readBrokerSettings({ service: 'kafka' }));
    expect(room.partitions.silent.join()).toContain('du tells nothing');
    expect(Object.keys(room.partitions.bytes).toSorted()).toEqual(['orders-0', 'orders-1']);
  });
});
