import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DoctorRow } from '../../domain/doctor-row.ts';
import { baseImages } from '../../scripts/setup/index.ts';
import { openProject, type ComposeProject } from '../platforms/compose-project.ts';
import { freePort } from '../support/index.ts';
import { lastJson, said, spawnCli } from './crescendo.ts';

/** A platform with a fault of each kind, on the real engine. */
const faulty = (port: number): string => `
services:
  api:
    image: ${baseImages.base}
    command: [busybox, sleep, '600']
    ports: ['127.0.0.1:${port}:8080']
    stop_grace_period: 1s
  named:
    image: ${baseImages.base}
    container_name: crescendo-doctor-${port}
    command: [busybox, sleep, '600']
    healthcheck: { test: [CMD, 'true'], interval: 1s }
    stop_grace_period: 1s
  balancer:
    image: ${baseImages.base}
    command: [busybox, sh, -c, 'echo "upstream other { server x:1; }" > /tmp/site.conf; exec busybox sleep 600']
    stop_grace_period: 1s
`;

const catalog = (project: string, nowhere: string): string => `
environment: clinic
platform: { kind: compose, project: ${project} }
normalRequestRate: 1000/min
kafka: { brokers: ['${nowhere}'] }
databases: { store: { kind: postgres, service: store, url: env:CLINIC_STORE_URL } }
loadBalancer:
  kind: nginx
  service: balancer
  upstreamService: api
  upstreamName: api
  upstreamPort: 8080
  configFile: /tmp/site.conf
  serverName: clinic.example
  listenPort: 80
  url: http://${nowhere}
  probePath: /
emergency: { steps: [{ service: api, replicas: 3 }] }
services:
  api: { tier: high, priority: 1, role: gateway, replicas: { min: 1, max: 5 }, stopGrace: 1s, metrics: { kind: actuator, port: 8080, basePath: /actuator } }
  named: { tier: high, priority: 2, role: core, replicas: { min: 1, max: 3 }, stopGrace: 1s }
  absent: { tier: medium, priority: 3, role: core, replicas: { min: 1, max: 2 }, stopGrace: 1s }
`;

let project: ComposeProject;
let rows: DoctorRow[];
let exitCode: number;
let output: string;
beforeAll(async () => {
  const [port, closed] = [await freePort(), await freePort()];
  const nowhere = `127.0.0.1:${closed}`;
  project = await openProject(faulty(port), 'crescendo-doctor');
  await project.compose('up', '-d');
  const file = join(dirname(project.file), 'catalog.yaml');
  await writeFile(file, catalog(project.name, nowhere));
  const env = {
    TEMPORAL_ADDRESS: nowhere,
    CLINIC_STORE_URL: `postgres://clerk:sesame@${nowhere}/clinic`,
  };
  const looked = await said(
    spawnCli(['doctor', '--catalog', file, '--output', 'json'], env, dirname(project.file)),
  );
  ({ exitCode } = looked);
  output = looked.stdout + looked.stderr;
  rows = lastJson(looked) as DoctorRow[];
}, 120_000);
afterAll(() => project?.remove());

const found = (check: string): string[] =>
  rows.filter((row) => row.check === check).map(({ state, found }) => `${state}: ${found}`);

it('goes on after each fault, and ends with 1 where one is fatal', () => {
  expect(exitCode).toBe(1);
  expect(found('engine')).toEqual([expect.stringMatching(/^ok: compose: \d+ CPUs/)]);
  expect(found('disk')).toHaveLength(1);
  expect(found('memory')).toHaveLength(1);
});

it('says what is missing of the ground: Temporal, the brokers, a database', () => {
  expect(found('temporal')).toEqual([expect.stringMatching(/^fail: no Temporal server answers at 127/)]);
  expect(found('kafka')).toEqual([expect.stringMatching(/^fail: .*127\.0\.0\.1/)]);
  expect(found('databases.store')).toEqual([expect.stringMatching(/^fail: 127\.0\.0\.1:\d+: ECONNREFUSED$/)]);
});

it('says which services cannot be scaled, fatal only for one that an emergency scales', () => {
  expect(found('services.api')).toContainEqual(expect.stringMatching(/^fail: .*port/));
  expect(found('services.named')).toContainEqual(
    expect.stringMatching(/^warn: named has the fixed name crescendo-doctor-/),
  );
  expect(found('services.absent').join('\n')).toMatch(/^fail: /m);
});

it('says where the metrics and the upstream are not', () => {
  expect(found('metrics.api')).toEqual([expect.stringMatching(/^fail: /)]);
  expect(found('metrics.named')).toEqual(['unknown: the catalog names no metrics']);
  expect(found('upstream api')).toEqual(['fail: /tmp/site.conf has no upstream api']);
  expect(found('balancer')).toEqual([expect.stringMatching(/^fail: http:\/\/127/)]);
});

it('says of everything that is wrong what to change, and shows no secret', () => {
  const silent = rows.filter(({ state, change }) => state !== 'ok' && (change ?? '') === '');
  expect(silent).toEqual([]);
  expect(output).not.toMatch(/sesame|clerk/);
});
