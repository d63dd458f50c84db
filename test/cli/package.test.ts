import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let installed: string;

/**
 * The package as npm would lay it out in an empty folder: its tarball unpacked, and beside it only what it declares as
 * dependencies (from the checkout, so that no registry is asked).
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-package-'));
  installed = join(folder, 'node_modules', 'crescendo-runbooks');
  await mkdir(installed, { recursive: true });
  const pack = ['pack', '--silent', '--pack-destination', folder];
  const { stdout } = await execa('npm', pack, { cwd: root });
  const tarball = join(folder, stdout.trim().split('\n').at(-1) ?? '');
  await execa('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  await linkDependencies();
  await writeFile(join(folder, 'docker-compose.yml'), 'services:\n  api-gateway:\n    image: shop/api\n');
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function linkDependencies(): Promise<void> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>;
  };
  const needed = Object.entries(lock.packages)
    .filter(([path, { dev }]) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && dev !== true)
    .map(([path]) => path);
  for (const path of needed) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(join(root, path), join(folder, path));
  }
}

const crescendo = async (...args: string[]) => {
  const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  expect(Object.keys(bin)).toEqual(['crescendo', 'temporal-crescendo']);
  // As the bin of npm would: the file itself is run.
  return execa(join(installed, bin['crescendo'] ?? ''), args, { cwd: folder, reject: false });
};

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
  const modules = ['workers/main.js', 'workers/doctor/index.js'].map((file) => join(installed, 'dist', file));
  const load = modules.map((file) => `await import(${JSON.stringify(file)});`).join('\n');
  await execa(process.execPath, ['--input-type=module', '--eval', load], { cwd: folder });
  const bundle = await readFile(join(installed, 'dist', 'workflow-bundle.js'), 'utf8');
  expect(bundle).toContain('emergencyScaling');
});
