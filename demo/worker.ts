import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, until, type OwnProcess } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Starts `crescendo worker` as a process of its own and waits until it is ready for work. */
export async function startWorker(options: {
  catalogPath: string;
  address: string;
  folder: string;
  /** What the references of the catalog mean on this machine. */
  secrets: Record<string, string>;
}): Promise<OwnProcess> {
  const logFile = join(options.folder, `worker-${Date.now()}.log`);
  const args = [
    '--import',
    'tsx',
    join(root, 'client', 'cli', 'main.ts'),
    'worker',
    '--catalog',
    options.catalogPath,
  ];
  const worker = startProcess(process.execPath, [...args, '--address', options.address], {
    logFile,
    cwd: root,
    env: options.secrets,
  });
  await until(
    'the worker is ready',
    async () => {
      const log = await readFile(logFile, 'utf8').catch(() => '');
      if (!worker.running()) throw new Error(`the worker ended: ${log.slice(-500)}`);
      return log.includes('ready');
    },
    60_000,
    100,
  );
  return worker;
}
