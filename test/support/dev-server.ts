import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { ensureTemporalCli } from '../../scripts/setup/index.ts';
import { searchAttributes } from '../../workflows/contracts.ts';
import { freePort } from './free-port.ts';
import { serverProcess, type ServerProcess } from './server-process.ts';

export interface DevServer extends ServerProcess {
  /** `127.0.0.1:port`; the same after stop, or kill, and start. */
  address: string;
  namespace: string;
  /** The web interface; undefined when it was not asked for. */
  uiUrl: string | undefined;
  /** The `temporal` program, for tests that use the CLI against this server. */
  temporal: string;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** A real Temporal server on free ports with its state in a file, and Crescendo's search attributes registered. */
export async function startDevServer(options: { ui?: boolean } = {}): Promise<DevServer> {
  const { temporal } = await ensureTemporalCli();
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-temporal-'));
  const port = await freePort();
  const uiPort = options.ui === true ? await freePort() : undefined;
  const address = `127.0.0.1:${port}`;
  const namespace = 'default';
  const server = serverProcess({
    what: 'the Temporal dev server',
    program: temporal,
    args: [
      'server',
      'start-dev',
      '--ip=127.0.0.1',
      `--port=${port}`,
      '--log-level=error',
      `--db-filename=${join(folder, 'temporal.db')}`,
      ...(uiPort === undefined ? ['--headless'] : [`--ui-port=${uiPort}`]),
      ...Object.values(searchAttributes).map(
        ({ name, type }) => `--search-attribute=${name}=${type === 'KEYWORD' ? 'Keyword' : 'KeywordList'}`,
      ),
    ],
    logFile: join(folder, 'temporal.log'),
    isReady: () => answers(address, namespace),
  });
  const close = async (): Promise<void> => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await close();
    throw error;
  }
  const uiUrl = uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`;
  return { ...server, address, namespace, uiUrl, temporal, close };
}

async function answers(address: string, namespace: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return searchAttributes.environment.name in customAttributes;
  } finally {
    await connection.close();
  }
}
