import { describe, expect, it } from 'vitest';
import { draftCatalog } from '../../config/init.ts';
import { parseCatalog } from '../../config/load.ts';
import { bakeryCompose, runbookCompose } from './fixtures.ts';

const load = (text: string) => parseCatalog(text, { file: 'draft.yaml', folder: '/srv' }).catalog;

describe('a first catalog from a compose file', () => {
  it('of the runbook platform loads and has its services, roles and emergency', () => {
    const draft = draftCatalog(runbookCompose, { project: 'chat4all', file: './docker-compose.yml' });
    const catalog = load(draft);
    expect(Object.keys(catalog.services)).toEqual([
      'api-gateway',
      'message-service',
      'whatsapp-connector',
      'telegram-connector',
      'router-service',
      'file-service',
      'user-service',
    ]);
    expect(catalog.loadBalancer).toMatchObject({
      service: 'nginx',
      upstreamService: 'api-gateway',
      upstreamName: 'api_gateway',
      url: 'http://localhost:8080',
    });
    expect(catalog.kafka?.brokers).toEqual(['localhost:29092']);
    expect(catalog.emergency.steps).toEqual([
      { service: 'api-gateway', replicas: 3 },
      { service: 'message-service', replicas: 3 },
      { busiestOfRole: 'connector', replicas: 2 },
    ]);
    expect(catalog.services['message-service']).toMatchObject({
      consumer: { group: 'message-service-group', topic: 'message-events' },
      metrics: { port: 8080, basePath: '/actuator' },
    });
    expect(draft).toContain('# Left out, since replicas do not scale them: mongodb, postgres, redis.');
  });

  it('does not scale what a container_name or a fixed port holds at one, and says what to change', () => {
    const draft = draftCatalog(runbookCompose, { project: 'chat4all', file: './docker-compose.yml' });
    const { services } = load(draft);
    expect(services['telegram-connector']?.replicas.max).toBe(1);
    expect(services['router-service']?.replicas.max).toBe(1);
    expect(draft).toContain('# check: telegram-connector has the fixed name chat4all-telegram');
    expect(draft).toContain('To scale it: remove container_name');
  });

  it('of a platform with other names loads too', () => {
    const draft = draftCatalog(bakeryCompose, { project: 'Bakery 2', file: '../bakery/compose.yaml' });
    const catalog = load(draft);
    expect(catalog.environment).toBe('bakery2');
    expect(Object.keys(catalog.services)).toEqual(['shop-web', 'oven-worker', 'redis-worker', 'billing']);
    expect(catalog.loadBalancer).toMatchObject({
      service: 'edge',
      upstreamService: 'shop-web',
      upstreamPort: 3000,
    });
    expect(catalog.kafka).toBeUndefined();
    expect(catalog.emergency.steps).toEqual([
      { service: 'shop-web', replicas: 3 },
      { busiestOfRole: 'worker', replicas: 2 },
    ]);
    expect(draft).not.toContain('not-for-the-catalog');
  });

  it('loads whatever a service is called', () => {
    const text =
      'services: { "null": {}, "on": {}, "123": {}, "true": {}, a.b_c: {}, __proto: {}, "1e3": {} }';
    const { services } = load(draftCatalog(text, { project: '---', file: 'a: b #c.yaml' }));
    expect(Object.keys(services).toSorted()).toEqual(['123', '1e3', 'a.b_c', 'null', 'on', 'true']);
  });

  it('has no line of its own from a name with a line end in it', () => {
    const text = `services: { db: { image: postgres }, "pg\\nevil: 1": { image: postgres }, web: { container_name: "x\\nevil: 1" } }`;
    const draft = draftCatalog(text, { project: 'p', file: 'compose.yaml' });
    expect(draft.split('\n').filter((line) => line.startsWith('evil'))).toEqual([]);
    expect(Object.keys(load(draft).services)).toEqual(['web']);
  });
});
