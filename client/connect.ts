import type { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { CliError } from './cli/cli-error.ts';
import type { ServerOptions } from './cli/options.ts';

export interface TemporalLink {
  client: Client;
  connection: Connection;
  address: string;
  namespace: string;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;

/**
 * Connects as the `temporal` CLI would: profile of temporal.toml, TEMPORAL_* variables, the options above both.
 * @throws CliError that names the address and what to do when no server answers.
 */
export async function connectTemporal(target: ServerOptions = {}): Promise<TemporalLink> {
  const config = readConfig(target.profile);
  const address = target.address ?? config.connectionOptions.address ?? 'localhost:7233';
  const namespace = target.namespace ?? config.namespace ?? 'default';
  const { Client, Connection } = await import('@temporalio/client');
  const options = { ...config.connectionOptions, address, connectTimeout: connectTimeoutMs };
  const connection = await Connection.connect(options).catch((error: unknown) => {
    throw unreachable(address, error);
  });
  const client = new Client({ connection, namespace, identity: 'crescendo-cli' });
  return { client, connection, address, namespace, close: () => connection.close() };
}

/** Runs `work` with a connection and closes it, however it ends. */
export async function withTemporal<T>(
  target: ServerOptions,
  work: (link: TemporalLink) => Promise<T>,
): Promise<T> {
  const link = await connectTemporal(target);
  try {
    return await work(link);
  } finally {
    await link.close();
  }
}

function readConfig(profile: string | undefined): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig(profile === undefined ? {} : { profile });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new CliError(`the Temporal configuration cannot be used: ${what}`, {
      exitCode: 2,
      todo: 'check --profile, temporal.toml and the TEMPORAL_* variables',
    });
  }
}

function unreachable(address: string, error: unknown): CliError {
  const why = error instanceof Error ? error.message : String(error);
  return new CliError(`no Temporal server answers at ${address} (${why})`, {
    todo: 'start one (`temporal server start-dev`, `docker compose -f docker-compose.temporal.yml up -d`, or in a checkout `npm run demo` with a platform to try it on), or name it with --address, --profile or TEMPORAL_ADDRESS',
  });
}
