import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPostgres } from '../../../adapters/postgres/connect.ts';
import { readPostgres } from '../../../adapters/postgres/read.ts';
import {
  admission,
  createSlot,
  dropSlot,
  readReplication,
  readStreaming,
  reloadAdmission,
} from '../../../adapters/postgres/replication.ts';
import { startPostgres, type PostgresServer } from '../../support/postgres.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

const signal = AbortSignal.timeout(60_000);

describe('What a primary says of standbys', () => {
  it('who may replicate, and how much room there is', async () => {
    const seen = await withPostgres(server.url, readReplication);
    expect(seen).toMatchObject({
      databaseName: 'postgres',
      user: { name: 'crescendo', isSuperuser: true },
      walLevel: 'replica',
      senders: { max: 10, used: 0 },
      slots: { max: 10, names: [] },
      streaming: [],
      dataFolder: server.folder,
      slotKeepsMegabytes: -1,
    });
  });

  it('somebody who is no superuser is seen as such', async () => {
    await withPostgres(server.url, async (client) => {
      await client.query("CREATE ROLE reader LOGIN PASSWORD 'not-a-secret'");
    });
    const url = server.url.replace('crescendo:', 'reader:');
    expect((await withPostgres(url, readReplication)).user).toEqual({ name: 'reader', isSuperuser: false });
  });

  it('a rule for the networks of the server, with the method that it asks of others', async () => {
    const found = await withPostgres(server.url, admission);
    expect(found.rule).toBe('host replication "crescendo" samenet scram-sha-256');
    expect(found.file).toContain(server.folder);
    expect(await withPostgres(server.url, reloadAdmission)).toEqual([]);
  });
});

describe('A standby', () => {
  it('that is away is known by its slot, and how far behind it is; a slot that nobody ever read from is none', async () => {
    await withPostgres(server.url, async (client) => {
      await createSlot(client, 'away');
      await client.query("SELECT pg_create_physical_replication_slot('never_used')");
      await client.query('CREATE TABLE written AS SELECT generate_series(1, 10000)');
      const { replicas, slots } = await readPostgres(client, []);
      expect(replicas).toEqual([]);
      expect(slots).toMatchObject([{ name: 'away', isActive: false }]);
      expect(slots?.[0]?.lagBytes).toBeGreaterThan(100_000);
      await dropSlot(client, 'away', signal);
      await dropSlot(client, 'never_used', signal);
    });
  });
});

describe('A slot', () => {
  it('is made once and dropped once, and keeps the log from the first moment', async () => {
    await withPostgres(server.url, async (client) => {
      expect(await createSlot(client, 'crescendo_one')).toBe(true);
      expect(await createSlot(client, 'crescendo_one')).toBe(false);
      const { rows } = await client.query('SELECT restart_lsn IS NOT NULL AS kept FROM pg_replication_slots');
      expect(rows).toEqual([{ kept: true }]);
      expect(await dropSlot(client, 'crescendo_one', signal)).toBe(true);
      expect(await dropSlot(client, 'crescendo_one', signal)).toBe(false);
    });
  });

  it('that somebody streams from is seen, and is dropped after it was sent away', async () => {
    const standby = new Client({ connectionString: server.url, replication: 'true' } as object);
    standby.on('error', () => undefined);
    await standby.connect();
    await withPostgres(server.url, async (client) => {
      await createSlot(client, 'crescendo_two');
      const { rows } = await client.query<{ lsn: string }>('SELECT pg_current_wal_lsn() AS lsn');
      const ended = standby
        .query(`START_REPLICATION SLOT crescendo_two PHYSICAL ${rows[0]?.lsn}`)
        .catch((error: unknown) => error);
      await expect
        .poll(() => readStreaming(client), { timeout: 10_000 })
        .toMatchObject([{ slot: 'crescendo_two', state: 'streaming' }]);
      expect(await dropSlot(client, 'crescendo_two', signal)).toBe(true);
      await ended;
    });
    await standby.end().catch(() => undefined);
  });
});
