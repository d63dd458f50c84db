import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DoctorRow } from '../../domain/doctor-row.ts';
import { lastJson, said, spawnCli, type Said } from './crescendo.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-cli-'));
  await writeFile(join(folder, 'docker-compose.yml'), compose);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const compose = `
name: shop
services:
  api-gateway: { image: shop/api, ports: ['8080:8080'] }
  order-service: { image: shop/order, healthcheck: { test: [CMD, 'true'] }, deploy: { resources: { limits: { cpus: '1', memory: 1G } } } }
  postgres: { image: 'postgres:16', ports: ['5432:5432'], volumes: ['data:/var/lib/postgresql/data'] }
`;
const crescendo = (...args: string[]): Promise<Said> => said(spawnCli(args, {}, folder));

it('doctor --compose needs neither platform nor catalog, and fails for what forbids a second replica', async () => {
  const looked = await crescendo('doctor', '--compose', 'docker-compose.yml', '--output', 'json');
  const rows = lastJson(looked) as DoctorRow[];
  expect(rows.filter(({ state }) => state === 'fail').map(({ check }) => check)).toEqual([
    'services.api-gateway.ports[0]',
  ]);
  expect(rows).toContainEqual({
    check: 'services.order-service',
    state: 'ok',
    found: 'may have more than one replica',
  });
  expect(looked.exitCode).toBe(1);
});

it('init drafts a catalog that the other commands take, and does not write over one', async () => {
  const drafted = await crescendo('init', '--compose', 'docker-compose.yml', '--out', 'crescendo.yaml');
  expect(drafted).toMatchObject({ exitCode: 0, stdout: '' });
  expect(await readFile(join(folder, 'crescendo.yaml'), 'utf8')).toContain('\nenvironment: shop\n');

  const refused = await crescendo('plan', 'emergencyScaling', '--set', 'nobody=2');
  expect(refused.stderr).toContain('no such service in the catalog of shop: api-gateway, order-service');

  const again = await crescendo('init', '--compose', 'docker-compose.yml', '--out', 'crescendo.yaml');
  expect(again).toMatchObject({ exitCode: 2 });
  expect(again.stderr).toContain('error: --out crescendo.yaml: is there already');
});

it('a compose file that is not there, or is none, is said without a stack', async () => {
  const missing = await crescendo('doctor', '--compose', 'nothing.yml');
  expect(missing).toMatchObject({ exitCode: 2, stderr: 'error: --compose nothing.yml: is not there' });
  await writeFile(join(folder, 'list.yml'), '- a\n- b\n');
  const none = await crescendo('init', '--compose', 'list.yml');
  expect(none.exitCode).toBe(2);
  expect(none.stderr).toMatch(/^error: list\.yml: /);
});

it('every command teaches with an example', async () => {
  const { commands } = await import('../../client/cli/commands.ts');
  const { Command } = await import('commander');
  const program = new Command('crescendo');
  for (const register of commands) register(program);
  for (const command of program.commands) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toContain(`$ crescendo ${command.name()}`);
  }
});
