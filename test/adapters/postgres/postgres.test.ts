import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applySettings, checkpoint, settingsThatDiffer } from '../../../adapters/postgres/change.ts';
import { withPostgres } from '../../../adapters/postgres/connect.ts';
import { postgresProbe } from '../../../adapters/postgres/probe.ts';
import { readPostgres } from '../../../adapters/postgres/read.ts';
import { needsRestart, runbookSettings } from '../../../domain/postgres-settings.ts';
import { startPostgres, type PostgresServer } from '../../support/postgres.ts';
import { waitFor } from '../../support/wait-for.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ max_connections: '40' });
});
afterAll(() => server?.close());

const read = (names: readonly string[]) => withPostgres(server.url, (client) => readPostgres(client, names));

describe('what PostgreSQL says of itself', () => {
  it('has the context of each of the twelve settings of the runbook, and where it comes from', async () => {
    const { settings, connections } = await read(Object.keys(runbookSettings));
    expect(Object.keys(settings).toSorted()).toEqual(Object.keys(runbookSettings).toSorted());
    const restart = Object.entries(settings).flatMap(([name, setting]) =>
      needsRestart(setting) ? [name] : [],
    );
    expect(restart.toSorted()).toEqual(['max_connections', 'shared_buffers', 'wal_buffers']);
    expect(settings['max_connections']).toMatchObject({ value: '40', source: 'command line' });
    expect(connections).toMatchObject({ max: 40 });
  });

  it('counts who waits for a lock and what takes long', async () => {
    await withPostgres(server.url, async (holder) => {
      await holder.query('CREATE TABLE held (id int)');
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE held');
      const waiting = withPostgres(server.url, (client) => client.query('SELECT * FROM held'));
      await waitFor(
        async () => {
          const { lockWaits, slowQueries } = await read([]);
          return lockWaits.known && lockWaits.value === 1 && slowQueries.known && slowQueries.value === 1;
        },
        { what: 'the one that waits', timeoutMs: 10_000 },
      );
      await holder.query('ROLLBACK');
      await waiting;
    });
  });

  it('never names the password, whatever is wrong', async () => {
    const url = server.url.replace(/:(\d+)\//, ':1/');
    const error: unknown = await withPostgres(url, async () => undefined).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ type: 'DatabaseUnavailable' });
    expect((error as Error).message).not.toContain('not-a-secret');
  });
});

describe('settings that need no restart', () => {
  it('are in force at once and after a start, and go back to what they were', async () => {
    const facts = await applySettings(server.url, { work_mem: '5242kB', random_page_cost: '1.1' });
    expect(facts).toEqual(['work_mem 4096 (kB) -> 5242kB', 'random_page_cost 4 -> 1.1']);
    await server.stop();
    await server.start();
    const { settings } = await read(['work_mem', 'max_wal_size', 'jit']);
    expect(settings['work_mem']?.sourceFile).toMatch(/postgresql\.auto\.conf$/);
    expect(settings['max_wal_size']?.sourceFile).toMatch(/postgresql\.conf$/);
    expect(settings['jit']?.sourceFile).toBeUndefined();
    expect(await settingsThatDiffer(server.url, { work_mem: '5242kB', random_page_cost: '1.1' })).toEqual([]);
    await applySettings(server.url, { work_mem: null, random_page_cost: null });
    expect(await settingsThatDiffer(server.url, { work_mem: '4MB' })).toEqual([]);
  });

  it('that PostgreSQL refuses are named, and change nothing', async () => {
    await expect(applySettings(server.url, { work_mem: 'much' })).rejects.toMatchObject({
      type: 'SettingRejected',
      details: { name: 'work_mem' },
    });
    await expect(applySettings(server.url, { nothing_such: '1' })).rejects.toMatchObject({
      type: 'SettingRejected',
    });
    expect(await settingsThatDiffer(server.url, { work_mem: '4MB' })).toEqual([]);
  });

  it('are told apart from one that waits for a restart', async () => {
    await withPostgres(server.url, async (client) => {
      await client.query("ALTER SYSTEM SET shared_buffers = '64MB'");
      await client.query('SELECT pg_reload_conf()');
    });
    await waitFor(
      async () =>
        (await settingsThatDiffer(server.url, { shared_buffers: '64MB' })).join() ===
        'shared_buffers waits for a restart',
      { what: 'the pending restart', timeoutMs: 5_000 },
    );
    expect((await read([])).pendingRestart).toEqual([{ name: 'shared_buffers', from: '128MB', to: '64MB' }]);
    await withPostgres(server.url, async (client) => {
      await client.query("CREATE ROLE reader LOGIN PASSWORD 'not-a-secret'");
    });
    const asReader = await withPostgres(server.url.replace('crescendo:', 'reader:'), (client) =>
      readPostgres(client, []),
    );
    expect(asReader.pendingRestart).toEqual([{ name: 'shared_buffers', from: '128MB' }]);
    await withPostgres(server.url, (client) => client.query('ALTER SYSTEM RESET shared_buffers'));
  });
});

it('takes a checkpoint, and leaves no table of a probe behind', async () => {
  await checkpoint(server.url);
  const probe = postgresProbe(server.url, 'probe-1');
  await probe.prepare();
  await probe.write(1);
  await probe.remove();
  await probe.close();
  const { rows } = await withPostgres(server.url, (client) =>
    client.query("SELECT to_regclass('crescendo_probe') AS there"),
  );
  expect(rows).toEqual([{ there: null }]);
});
