import { connect } from 'node:net';
import { resolveSecret } from '../../config/secret.ts';
import type { Catalog, DatabaseSpec } from '../../domain/catalog.ts';
import { fail, lookAt, ok, type DoctorRow } from '../../domain/doctor-row.ts';

const timeoutMs = 3_000;
const usualPort: Record<DatabaseSpec['kind'], number> = { mongodb: 27_017, postgres: 5_432, redis: 6_379 };

/** Whether each database that the catalog names is reached from here. The secret in its URL is never shown. */
export async function databaseRows({ databases = {} }: Catalog): Promise<DoctorRow[]> {
  const rows = Object.entries(databases).map(([name, spec]) =>
    lookAt(`databases.${name}`, `set ${spec.url} to its URL`, async () => {
      const url = parsed(await resolveSecret(spec.url));
      const check = `databases.${name}`;
      const change = `check what ${spec.url} says, and that this machine reaches it`;
      if (url === undefined) return [fail(check, `${spec.url} holds no URL`, change)];
      const port = url.port === '' ? usualPort[spec.kind] : Number(url.port);
      const error = await reach(url.hostname.replace(/^\[|\]$/g, ''), port);
      const where = `${url.hostname}:${port}`;
      return [
        error === undefined ? ok(check, `${where} answers`) : fail(check, `${where}: ${error}`, change),
      ];
    }),
  );
  return (await Promise.all(rows)).flat();
}

/** Only the first host of a list: `mongodb://a,b/db` is no URL to Node. */
const parsed = (text: string): URL | undefined => {
  const first = text.replace(/^([a-z+]+:\/\/(?:[^@/]*@)?[^,/]+),[^/]*/i, '$1');
  return URL.canParse(first) ? new URL(first) : undefined;
};

/** Why a TCP connection cannot be had; undefined when it can. */
const reach = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (error?: string): void => {
      socket.destroy();
      resolve(error);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end(`no answer in ${timeoutMs} ms`));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
