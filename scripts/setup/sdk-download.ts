import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { run } from './run.ts';
import { say, SetupError } from './say.ts';

type Server = 'dev-server' | 'test-server';
const limitMs = 240_000;

/**
 * The SDK's own download of a Temporal server into `folder`; answers the binary's path. In a process of its own,
 * since the native download cannot be called off.
 */
export async function downloadWithSdk(folder: string, server: Server): Promise<string> {
  say(`downloading the Temporal ${server} with the SDK`);
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), server, folder];
  const done = await run(process.execPath, args, {
    timeoutMs: limitMs,
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  if (!done.ok) throw new SetupError(`the SDK's download failed: ${done.said}`);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mode, size } = await stat(path);
    if ((mode & 0o111) !== 0 && size > 1_000_000) return path;
  }
  throw new SetupError(`the SDK's download left no program`);
}

async function download(server: Server, downloadDir: string): Promise<void> {
  const options = { server: { executable: { type: 'cached-download' as const, downloadDir } } };
  const env =
    server === 'dev-server'
      ? await TestWorkflowEnvironment.createLocal(options)
      : await TestWorkflowEnvironment.createTimeSkipping(options);
  await env.teardown();
}

const [, main, server, folder] = process.argv;
if (main === fileURLToPath(import.meta.url) && folder !== undefined) {
  await download(server as Server, folder).catch((error: unknown) => {
    const [first = ''] = String(error).split(': error sending request');
    process.stderr.write(`${first}\n`);
    process.exitCode = 1;
  });
}
