import { Client, DatabaseError } from 'pg';
import { CrescendoError } from '../../domain/crescendo-error.ts';

const connectTimeoutMs = 3_000;
const statementTimeoutMs = 20_000;

/**
 * Runs the work with one connection of its own and lets go of it. Nothing is tried again in here: a retry is Temporal's. Throws
 * DatabaseUnavailable, which never names the URL, since that may hold a password.
 */
export async function withPostgres<T>(
  url: string,
  work: (client: Client) => Promise<T>,
  options: { statementTimeoutMs?: number } = {},
): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'crescendo',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs ?? statementTimeoutMs,
  });
  // Reported where it is awaited: without a listener the process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    if (isUnavailable(error)) throw unavailable(error);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Errors of a server that comes or goes, by class: 57P01 to 57P03 (shutdown, crash, starting up), 08 (connection). */
const isUnavailable = (error: unknown): boolean => {
  if (error instanceof CrescendoError) return false;
  if (error instanceof DatabaseError) return /^(57P0[1-3]|08|53300)/.test(error.code ?? '');
  return (
    error instanceof Error && lossPattern.test(`${(error as { code?: string }).code ?? ''} ${error.message}`)
  );
};

const lossPattern = /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|terminat|timeout|not queryable|socket/i;

const unavailable = (error: unknown): CrescendoError =>
  new CrescendoError(
    'DatabaseUnavailable',
    `PostgreSQL does not answer: ${error instanceof Error ? error.message || (error as { code?: string }).code : String(error)}`,
  );
