import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');

/**
 * The workflow code that a worker runs. A built package carries it ready-made; a checkout bundles it once for each
 * state of its sources and keeps it, so that a worker that is started again is there within a second.
 */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  const prebuilt = join(root, 'workflow-bundle.js');
  if (existsSync(prebuilt)) return { codePath: prebuilt };
  const cached = join(root, 'node_modules', '.cache', 'crescendo', `workflows-${await sourceHash()}.js`);
  if (existsSync(cached)) return { codePath: cached };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows', 'index.ts') });
  await mkdir(dirname(cached), { recursive: true });
  // Two workers may bundle at once: each writes its own file, the rename is atomic.
  const partial = `${cached}.${process.pid}`;
  await writeFile(partial, code);
  await rename(partial, cached);
  return { codePath: cached };
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(root, 'package-lock.json')));
  for (const folder of ['workflows', 'domain']) {
    const files = await readdir(join(root, folder), { recursive: true });
    for (const file of files.filter((name) => name.endsWith('.ts')).sort()) {
      hash.update(file).update(await readFile(join(root, folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
