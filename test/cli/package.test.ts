import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureTemporalCli } from '../../scripts/setup/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
const installed = (): string => join(folder, 'node_modules', 'crescendo-runbooks');

/** The package in an empty folder, as its users get it: the tarball of `npm pack`, installed by npm. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-package-'));
  const pack = ['pack', '--silent', '--pack-destination', folder];
  const { stdout } = await execa('npm', pack, { cwd: root });
  const tarball = join(folder, stdout.trim().split('\n').at(-1) ?? '');
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await install(tarball);
  await writeFile(join(folder, 'docker-compose.yml'), 'services:\n  api-gateway:\n    image: shop/api\n');
}, 400_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function install(tarball: string): Promise<void> {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=1'];
  const { exitCode, stderr } = await execa('npm', ['install', ...flags, tarball], {
    cwd: folder,
    reject: false,
  });
  if (exitCode === 0) return;
  if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED/.test(stderr))
    throw new Error(stderr);
  console.warn('no npm registry answers: the dependencies are those of the checkout, linked');
  await unpack(tarball);
}

/** What npm would lay out: the package, its bins, and beside it only what it declares as dependencies. */
async function unpack(tarball: string): Promise<void> {
  await mkdir(installed(), { recursive: true });
  await execa('tar', ['-xzf', tarball, '-C', installed(), '--strip-components=1']);
  const { packages } = await json<{ packages: Record<string, { dev?: boolean }> }>(root, 'package-lock.json');
  const needed = Object.entries(packages)
    .filter(([path, { dev }]) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && dev !== true)
    .map(([path]) => path);
  const { bin } = await json<{ bin: Record<string, string> }>(installed(), 'package.json');
  const bins = Object.entries(bin).map(([name, file]) => [
    join('node_modules', '.bin', name),
    join(installed(), file),
  ]);
  const links = [...needed.map((path) => [path, join(root, path)]), ...bins];
  for (const [path = '', target = ''] of links) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(target, join(folder, path));
  }
}

const json = async <T>(...path: string[]): Promise<T> =>
  JSON.parse(await readFile(join(...path), 'utf8')) as T;

const crescendo = (...args: string[]) =>
  execa('npx', ['--offline', 'crescendo', ...args], { cwd: folder, reject: false });

it('runs from the tarball: help, doctor and init', async () => {
  expect((await crescendo('--help')).stdout).toContain('Usage: crescendo');
  const doctor = await crescendo('doctor', '--compose', 'docker-compose.yml');
  expect(doctor.stdout).toContain('services.api-gateway.healthcheck');
  const init = await crescendo('init', '--compose', 'docker-compose.yml', '--project', 'shop');
  expect(init.stdout).toContain('environment: shop');
});

it('brings the Chat4All catalog, and says where the demo is', async () => {
  const refused = await crescendo('run', 'emergencyScaling', '--set', 'nobody=1');
  expect(refused.stderr).toContain('no such service in the catalog of chat4all: api-gateway');
  const demo = await crescendo('demo');
  expect(demo.stderr).toContain('the demo is in the checkout, not in the package');
});

it('has everything a worker needs, down to the workflow bundle', async () => {
  const worker = await crescendo('worker', '--address', '127.0.0.1:1');
  expect(worker.stderr).toContain('no Temporal server answers at 127.0.0.1:1');
  const modules = ['workers/main.js', 'workers/doctor/index.js'].map((file) =>
    join(installed(), 'dist', file),
  );
  const load = modules.map((file) => `await import(${JSON.stringify(file)});`).join('\n');
  await execa(process.execPath, ['--input-type=module', '--eval', load], { cwd: folder });
  const bundle = await readFile(join(installed(), 'dist', 'workflow-bundle.js'), 'utf8');
  expect(bundle).toContain('emergencyScaling');
});

it('is found by the temporal CLI as `temporal crescendo`', async (context) => {
  const { temporal } = await ensureTemporalCli();
  const bins = join(folder, 'node_modules', '.bin');
  const env = { PATH: [bins, process.env['PATH']].join(delimiter) };
  const own = await execa('temporal-crescendo', ['--version'], { env, cwd: folder });
  const call = ['crescendo', 'doctor', '--compose', 'docker-compose.yml', '--output', 'json'];
  const asked = await execa(temporal, call, { env, cwd: folder, reject: false });
  if (/unknown (flag|command)/.test(asked.stderr)) {
    const { stdout } = await execa(temporal, ['--version']);
    context.skip(`extensions came after this temporal CLI: ${stdout}`);
  }
  expect(own.stdout).toMatch(/^\d+\.\d+\.\d+/);
  expect(JSON.parse(asked.stdout)).toContainEqual(
    expect.objectContaining({ check: 'services.api-gateway.healthcheck' }),
  );
});
