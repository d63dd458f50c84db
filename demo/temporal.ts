import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { ensureTemporalCli } from '../scripts/setup/index.ts';
import { freePort, startProcess, until, type OwnProcess } from './processes.ts';

export interface DevServer {
  address: string;
  /** Path of the `temporal` command. */
  cli: string;
  uiUrl: string;
  client: Client;
  process: OwnProcess;
  close(): Promise<void>;
}

/** Temporal's dev server with its UI, on the usual ports where they are free, its history in a file. */
export async function startTemporal(folder: string): Promise<DevServer> {
  const { temporal: cli } = await ensureTemporalCli();
  const port = await freePort(7233);
  const uiPort = await freePort(8233);
  const database = join(folder, 'temporal.db');
  await Promise.all(['', '-shm', '-wal'].map((suffix) => rm(`${database}${suffix}`, { force: true })));
  const args = [
    'server',
    'start-dev',
    '--port',
    `${port}`,
    '--ui-port',
    `${uiPort}`,
    '--db-filename',
    database,
  ];
  const server = startProcess(cli, [...args, '--log-level', 'error'], {
    logFile: join(folder, 'temporal.log'),
  });
  const address = `127.0.0.1:${port}`;
  const connection = Connection.lazy({ address });
  await until(
    'the Temporal dev server answers',
    async () => {
      if (!server.running())
        throw new Error(`the Temporal dev server ended: see ${join(folder, 'temporal.log')}`);
      return connection.workflowService.getSystemInfo({}).then(
        () => true,
        () => false,
      );
    },
    60_000,
  );
  return {
    address,
    cli,
    uiUrl: `http://localhost:${uiPort}`,
    client: new Client({ connection }),
    process: server,
    close: async () => {
      await connection.close();
      await server.stop();
    },
  };
}
