import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { searchAttributes } from '../../workflows/contracts.ts';
import { root } from './imports.ts';
import { compose, composeFile, required, resolved, type ComposeConfig } from './temporal-compose.ts';

/** These run to their end on each `up`; the others stay. */
const oneShots = ['schema', 'register'];

describe('docker-compose.temporal.yml', () => {
  let config: ComposeConfig;
  beforeAll(async () => {
    config = await resolved();
  });

  test('has the server, its database, the web interface and workers', () => {
    expect(Object.keys(config.services).toSorted()).toEqual(
      [...oneShots, 'postgres', 'temporal', 'ui', 'worker'].toSorted(),
    );
    expect(Object.keys(config.volumes)).toEqual(['postgres-data']);
  });

  test.each(Object.keys(required))(
    'is refused without %s, and says where it is explained',
    async (missing) => {
      const { exitCode, stderr } = await compose(['config'], { ...required, [missing]: '' });
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain(missing);
      expect(stderr).toContain('docker-compose.temporal.yml says how');
    },
  );

  test('carries no password: every one of them is the one that was given', async () => {
    const given = required.CRESCENDO_TEMPORAL_DB_PASSWORD;
    const secrets = Object.values(config.services)
      .flatMap(({ environment = {} }) => Object.entries(environment))
      .filter(([name]) => /PASSWORD|PWD|SECRET|TOKEN|KEY/.test(name));
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter(([, value]) => value !== given)).toEqual([]);
    expect(await readFile(composeFile, 'utf8')).not.toContain(given);
  });

  test('every service that stays has a health check and comes up again by itself', () => {
    const staying = Object.entries(config.services).filter(([name]) => !oneShots.includes(name));
    expect(staying.filter(([, { restart }]) => restart !== 'unless-stopped')).toEqual([]);
    const unchecked = staying.filter(([, { healthcheck }]) => healthcheck?.test === undefined);
    expect(unchecked.map(([name]) => name)).toEqual(['worker']);
  });

  test("the worker's health check is part of its image", async () => {
    expect(await readFile(join(root, 'deploy', 'worker.Dockerfile'), 'utf8')).toMatch(/^HEALTHCHECK /m);
  });

  test('what runs to its end is tried again when it fails', () => {
    expect(oneShots.map((name) => config.services[name]?.restart)).toEqual([
      'on-failure:10',
      'on-failure:10',
    ]);
  });

  test('nothing starts before what it needs is ready', () => {
    const conditions = Object.fromEntries(
      Object.entries(config.services).map(([name, { depends_on = {} }]) => [
        name,
        Object.fromEntries(Object.entries(depends_on).map(([on, { condition }]) => [on, condition])),
      ]),
    );
    expect(conditions).toEqual({
      postgres: {},
      schema: { postgres: 'service_healthy' },
      temporal: { schema: 'service_completed_successfully', postgres: 'service_healthy' },
      register: { temporal: 'service_healthy' },
      ui: { temporal: 'service_healthy' },
      worker: { register: 'service_completed_successfully', temporal: 'service_healthy' },
    });
  });

  test('images are pinned, and no port is open to other machines', () => {
    const services = Object.values(config.services);
    const unpinned = services.filter(({ image = '' }) => !/:(?!latest$)[\w.-]+$/.test(image));
    expect(unpinned.map(({ image }) => image)).toEqual([]);
    const open = services.flatMap(({ ports = [] }) => ports).filter(({ host_ip }) => host_ip !== '127.0.0.1');
    expect(open).toEqual([]);
  });

  test("the worker has the engine's socket and a catalog that it cannot change", () => {
    const { volumes = [] } = config.services['worker'] ?? {};
    expect(volumes.map(({ target }) => target)).toEqual([
      '/var/run/docker.sock',
      '/etc/crescendo/catalog.yaml',
    ]);
    expect(volumes.find(({ target }) => target.endsWith('catalog.yaml'))?.read_only).toBe(true);
  });

  test('registers the search attributes of the contracts, with their types', async () => {
    const script = await readFile(join(root, 'deploy', 'temporal', 'register.sh'), 'utf8');
    const registered = [...script.matchAll(/^attribute (\w+) (\w+)$/gm)].map(([, name, type]) => ({
      name,
      type,
    }));
    const wanted = Object.values(searchAttributes).map(({ name, type }) => ({
      name,
      type: type === 'KEYWORD' ? 'Keyword' : 'KeywordList',
    }));
    expect(registered).toEqual(wanted);
  });
});
