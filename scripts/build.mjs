#!/usr/bin/env node
/**
 * Builds the package into dist/: JavaScript and types of the sources that `files` of package.json promises, and the
 * workflow bundle, so that an installed worker starts without a bundler's second. Says nothing on stdout, which
 * belongs to `npm pack`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './dependencies.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const cli = join(dist, 'client', 'cli', 'main.js');

await ensureDependencies(root);
await rm(dist, { recursive: true, force: true });
await compile();
await bundleWorkflows();
await makeExecutable(cli);

async function compile() {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(dirname(typescript), 'bin', 'tsc');
  const compiler = spawn(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  const [code] = await once(compiler, 'exit');
  if (code !== 0) throw new Error(`tsc ended with ${code}`);
}

async function bundleWorkflows() {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows', 'index.js'),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(join(dist, 'workflow-bundle.js'), code);
}

async function makeExecutable(file) {
  const code = await readFile(file, 'utf8');
  if (!code.startsWith('#!')) await writeFile(file, `#!/usr/bin/env node\n${code}`);
  await chmod(file, 0o755);
}
