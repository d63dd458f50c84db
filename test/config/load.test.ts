import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadCatalog, parseCatalog } from '../../config/load.ts';
import { servicesToRestart } from '../../domain/plan-partitions.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';

const parse = (text: string) => parseCatalog(text, { file: 'catalog.yaml', folder: '/srv/shop' });

/** The errors of a catalog that must not load, by path. */
const errorsOf = (text: string): Record<string, string> => {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof CrescendoError)) throw error;
    expect(error.type).toBe('InvalidCatalog');
    const errors = error.details['errors'] as { path: string; message: string }[];
    return Object.fromEntries(errors.map(({ path, message }) => [path, message]));
  }
  throw new Error('it loaded');
};

const minimal = `
environment: shop
platform: { kind: compose, project: shop }
services:
  web: { tier: high, priority: 1, replicas: { max: 4 } }
`;

describe('a catalog', () => {
  it('of the runbook loads, in SI units', async () => {
    const { catalog, hash } = await loadCatalog('config/chat4all.yaml');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(catalog.normalRequestRatePerMinute).toBe(1200);
    expect(catalog.emergency.steps).toEqual([
      { service: 'api-gateway', replicas: 3 },
      { service: 'message-service', replicas: 3 },
      { busiestOfRole: 'connector', replicas: 2 },
    ]);
    expect(catalog.services['message-service']).toEqual({
      name: 'message-service',
      tier: 'high',
      priority: 2,
      role: 'core',
      replicas: { min: 1, max: 10 },
      capacity: { perMinute: 1000, of: 'messages' },
      baseline: { cpus: 1, memoryBytes: 2 ** 30 },
      consumer: { group: 'message-service-group', topic: 'message-events' },
      startedPattern: 'Started',
      metrics: { kind: 'actuator', port: 8080, basePath: '/actuator' },
      stopGraceMs: 30_000,
    });
    expect(catalog.services['telegram-connector']?.consumer?.topic).toBe('telegram-outbound');
    // Runbook 3.2: `docker-compose restart message-service router-service` after message-events got more partitions.
    expect(servicesToRestart(catalog, 'message-events', [])).toEqual(['message-service', 'router-service']);
  });

  it('of another platform is another file and no code', () => {
    const { catalog } = parse(`
environment: bakery-prod
platform: { kind: compose, project: bakery, composeFile: ../bakery/compose.yaml }
emergency: { steps: [{ service: till, replicas: 2 }, { busiestOfRole: oven, replicas: 4 }] }
kafka: { brokers: ['kafka.bakery:9092'] }
services:
  till: { tier: high, priority: 1, replicas: { max: 3 }, capacity: { rate: 2/s, of: requests } }
  bread-oven: &oven { tier: medium, priority: 2, role: oven, replicas: { min: 0, max: 9 }, stopGrace: 2m,
    consumer: { group: bakers, topic: dough } }
  cake-oven: { <<: *oven, baseline: { cpus: 250m, memory: 1.5G } }
`);
    expect(catalog.platform).toEqual({
      kind: 'compose',
      project: 'bakery',
      composeFile: '/srv/bakery/compose.yaml',
    });
    expect(catalog.services['cake-oven']).toMatchObject({
      role: 'oven',
      stopGraceMs: 120_000,
      baseline: { cpus: 0.25, memoryBytes: 1.5 * 2 ** 30 },
      consumer: { group: 'bakers', topic: 'dough' },
    });
    expect(catalog.services['till']).toMatchObject({ role: 'till', capacity: { perMinute: 120 } });
  });

  it('is frozen to its leaves', () => {
    const { catalog } = parse(minimal);
    const replicas = catalog.services['web']?.replicas as { max: number };
    expect(() => (replicas.max = 1000)).toThrow(TypeError);
  });

  it('has one hash, whatever the order of its keys, its comments and the folder it lies in', () => {
    const other = `# moved\nservices:\n  web: { replicas: { max: 4 }, priority: 1, tier: high }\nplatform: { project: shop, kind: compose }\nenvironment: shop\n`;
    const there = parseCatalog(other, { file: 'x', folder: '/elsewhere' });
    expect(there.hash).toBe(parse(minimal).hash);
    expect(parse(minimal.replace('max: 4', 'max: 5')).hash).not.toBe(there.hash);
    const file = minimal.replace('project: shop', 'project: shop, composeFile: compose.yaml');
    expect(parseCatalog(file, { file: 'x', folder: '/elsewhere' }).hash).toBe(parse(file).hash);
  });

  it('tells every error at once, each with its path', () => {
    const errors = errorsOf(`
environment: "shop; rm -rf /"
platform: { kind: compose, project: Shop }
typo: 1
loadBalancer: { service: lb, upstreamService: nope, upstreamName: 'a b', upstreamPort: 99999,
  configFile: relative.conf, url: 'http://user:pass@host/', probePath: /ok }
emergency: { steps: [{ service: ghost, replicas: 3 }, { busiestOfRole: none, replicas: 2 }, { service: web, replicas: 9 }, 5] }
databases: { main: { kind: postgres, service: db, url: 'postgres://u:secret@db/x' } }
services:
  web: { tier: top, priority: 0, replicas: { min: 5, max: 4 }, stopGrace: 20, replica: 3 }
  worker: { tier: high, priority: 1, replicas: { max: 2 }, consumer: { group: g, topic: t } }
  '$(id)': { tier: high, priority: 1, replicas: { max: 2 } }
`);
    expect(Object.keys(errors).toSorted()).toEqual(
      [
        'databases.main.url',
        'emergency.steps[0].service',
        'emergency.steps[1].busiestOfRole',
        'emergency.steps[2].replicas',
        'emergency.steps[3]',
        'environment',
        'kafka',
        'loadBalancer.configFile',
        'loadBalancer.upstreamName',
        'loadBalancer.upstreamPort',
        'loadBalancer.upstreamService',
        'loadBalancer.url',
        'platform.project',
        'services.$(id)',
        'services.web.priority',
        'services.web.replica',
        'services.web.replicas',
        'services.web.stopGrace',
        'services.web.tier',
        'typo',
      ].toSorted(),
    );
    expect(errors['services.web.replica']).toMatch(/^unknown: known here are tier, priority/);
    expect(errors['services.web.stopGrace']).toContain('for example 20s');
    expect(errors['loadBalancer.upstreamService']).toContain('known are web, worker');
    expect(JSON.stringify(errors)).not.toContain('secret@');
  });

  it.each([
    ['a syntax error', 'a: [1', /^line 1$/],
    ['a doubled key', `${minimal}environment: again\n`, /^line 6$/],
    ['a tag that would make an object', 'a: !!js/function x', /^line 1$/],
    ['a second document', `${minimal}---\na: 1\n`, /^line \d+$/],
    ['an empty file', '', /^$/],
    ['a list', '- a', /^$/],
    ['more than a catalog can be', `# ${'x'.repeat(1024 * 1024)}`, /^$/],
  ])('does not load from %s', (_what, text, where) => {
    expect(Object.keys(errorsOf(text))[0]).toMatch(where);
  });

  it('does not unfold a bomb of aliases', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${`${of}, `.repeat(9)}${of}]\n`;
    const bomb = level('a', 'x') + level('b', '*a') + level('c', '*b') + level('d', '*c');
    expect(errorsOf(bomb)['']).toMatch(/alias/);
  });

  it.each(['__proto__', 'constructor', 'toString'])('does not take %s for the name of a service', (name) => {
    const text = `${minimal}  ${name}: { tier: high, priority: 1, replicas: { max: 2 } }\n`;
    expect(errorsOf(text)).toHaveProperty([`services.${name}`]);
  });
});

describe('a catalog file', () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  it('names its compose file relative to itself', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'crescendo-catalog-'));
    folders.push(folder);
    const file = path.join(folder, 'shop.yaml');
    await writeFile(file, minimal.replace('project: shop', 'project: shop, composeFile: docker-compose.yml'));
    const { catalog } = await loadCatalog(file);
    expect(catalog.platform).toMatchObject({ composeFile: path.join(folder, 'docker-compose.yml') });
  });

  it('that is not there is said to be not there', async () => {
    await expect(loadCatalog('no/such.yaml')).rejects.toMatchObject({
      type: 'InvalidCatalog',
      message: 'no/such.yaml: is not there',
      details: { errors: [{ path: '', message: 'is not there' }] },
    });
  });
});
