import { describe, expect, it } from 'vitest';
import { parseComposeFile } from '../../config/compose-file.ts';
import { composeFindings } from '../../domain/compose-findings.ts';
import { bakeryCompose, runbookCompose } from './fixtures.ts';

const service = (text: string, name: string) => {
  const found = parseComposeFile(text, 'compose.yaml').services.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not read`);
  return found;
};
const forbidden = (text: string) =>
  composeFindings(parseComposeFile(text, 'compose.yaml'))
    .filter(({ severity }) => severity === 'forbids')
    .map(({ kind, path }) => [kind, path]);

describe('a compose file', () => {
  it('is read with its merge keys', () => {
    expect(service(runbookCompose, 'message-service')).toMatchObject({
      image: 'chat4all/message-service',
      limits: { cpus: '0.5', memory: '512M' },
      hasHealthcheck: true,
      dependsOn: ['kafka'],
      environment: { KAFKA_GROUP_ID: 'message-service-group' },
    });
  });

  it('keeps variables as they are written', () => {
    expect(service(runbookCompose, 'nginx').ports).toEqual([{ host: '${HTTP_PORT:-8080}', container: '80' }]);
  });

  it.each([
    ['80', { container: '80' }],
    ['8080:80', { host: '8080', container: '80' }],
    ['8080:80/udp', { host: '8080', container: '80' }],
    ['127.0.0.1:8080:80', { host: '8080', container: '80' }],
    ['[::1]:8080:80', { host: '8080', container: '80' }],
    ['127.0.0.1::80', { container: '80' }],
    ['3000-3009:80', { host: '3000-3009', container: '80' }],
    ['${HOST:-0.0.0.0}:${PORT:-8080}:80', { host: '${PORT:-8080}', container: '80' }],
  ])('gives ports of %s', (port, expected) => {
    expect(service(`services: { web: { ports: ['${port}'] } }`, 'web').ports).toEqual([expected]);
  });

  it('reads long forms of ports and volumes', () => {
    expect(service(bakeryCompose, 'edge').ports).toEqual([{ host: '8443', container: '8000' }]);
    expect(service(bakeryCompose, 'oven-worker').volumes).toEqual([
      { kind: 'named', source: 'recipes', target: '/recipes', readOnly: true },
    ]);
  });

  it('ignores tags of Compose that Crescendo does not need', () => {
    const text = 'services: { web: { image: nginx, ports: !override ["80"], environment: !reset null } }';
    expect(service(text, 'web').ports).toEqual([{ container: '80' }]);
  });

  it.each([
    ['nothing', '', 'services'],
    ['a list of services', 'services: [web]', 'services'],
    ['a service that is text', 'services: { web: nginx }', 'services.web'],
    ['a syntax error', 'services: {', 'line 1'],
  ])('is refused for %s, with its path', (_what, text, path) => {
    expect(() => parseComposeFile(text, 'compose.yaml')).toThrowError(
      expect.objectContaining({
        type: 'InvalidInput',
        details: expect.objectContaining({ errors: [expect.objectContaining({ path })] }) as object,
      }) as Error,
    );
  });
});

describe('what forbids a second replica', () => {
  it('is found in the runbook platform: container names, fixed ports, data of one', () => {
    expect(forbidden(runbookCompose)).toEqual([
      ['fixed_host_port', 'services.nginx.ports[0]'],
      ['container_name', 'services.kafka.container_name'],
      ['fixed_host_port', 'services.kafka.ports[0]'],
      ['exclusive_volume', 'services.kafka.volumes[0]'],
      ['container_name', 'services.mongodb.container_name'],
      ['exclusive_volume', 'services.mongodb.volumes[0]'],
      ['container_name', 'services.postgres.container_name'],
      ['container_name', 'services.telegram-connector.container_name'],
      ['fixed_host_port', 'services.router-service.ports[0]'],
    ]);
  });

  it('is found on a platform with other names', () => {
    expect(forbidden(bakeryCompose)).toEqual([
      ['fixed_host_port', 'services.edge.ports[0]'],
      ['fixed_host_port', 'services.billing.network_mode'],
      ['exclusive_volume', 'services.shop-db.volumes[0]'],
    ]);
  });

  it('is not a port that the engine chooses, a range, a read-only volume or the socket of the engine', () => {
    const text = `services: { web: { ports: ['80', '0:81', '3000-3009:82', '127.0.0.1::83'],
      volumes: ['conf:/data/db:ro', '/var/run/docker.sock:/var/run/docker.sock', '/scratch'] } }`;
    expect(forbidden(text)).toEqual([]);
  });

  it('says what to change, and what is only worth a look', () => {
    const findings = composeFindings(parseComposeFile(bakeryCompose, 'compose.yaml'));
    for (const { remedy, message } of findings)
      expect(Math.min(remedy.length, message.length)).toBeGreaterThan(10);
    expect(findings.filter(({ service }) => service === 'billing').map(({ kind }) => kind)).toEqual([
      'fixed_host_port',
      'shared_volume',
      'no_healthcheck',
      'no_limits',
    ]);
  });
});
