import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { log } from './log.ts';
import type { RequestTimer } from './request-timer.ts';

export interface Request {
  /** Values of the `{name}` parts of the route's uri. */
  params: Readonly<Record<string, string>>;
  url: URL;
  headers: IncomingMessage['headers'];
  /** The whole body. Throws HttpError 413 above 1 MiB. */
  body: () => Promise<Buffer>;
  /** Whether the client still waits for the answer. */
  isOpen: () => boolean;
}

export interface Answer {
  status: number;
  /** An object is sent as JSON. */
  body: object | string | Buffer;
  contentType?: string;
}

export interface Route {
  method: 'GET' | 'POST';
  /** As in the metrics: `/api/messages/{id}`. */
  uri: string;
  handle: (request: Request) => Promise<Answer> | Answer;
}

/** Thrown by a handler: the answer is its status and message. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const bodyLimitBytes = 1024 * 1024;

/** A server over a list of routes; each answer is timed from the first byte of the request to the last of the answer. */
export const createHttpServer = (routes: readonly Route[], timer: RequestTimer): Server => {
  const compiled = routes.map((route) => ({ route, pattern: patternOf(route.uri) }));
  return createServer((incoming, outgoing) => {
    const startedAt = process.hrtime.bigint();
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const found = compiled.find(
      ({ route, pattern }) => route.method === incoming.method && pattern.test(url.pathname),
    );
    outgoing.on('close', () => {
      const status = outgoing.writableFinished ? outgoing.statusCode : 499;
      const tags = {
        method: incoming.method ?? '',
        uri: found?.route.uri ?? 'UNKNOWN',
        status: String(status),
        outcome: outcomeOf(status),
      };
      timer.observe(tags, Number(process.hrtime.bigint() - startedAt) / 1e9);
    });
    if (found === undefined) {
      send(outgoing, { status: 404, body: { error: `no ${incoming.method ?? ''} ${url.pathname}` } });
      return;
    }
    const request: Request = {
      params: found.pattern.exec(url.pathname)?.groups ?? {},
      url,
      headers: incoming.headers,
      body: () => bodyOf(incoming),
      isOpen: () => !outgoing.destroyed,
    };
    void answer(found.route, request, outgoing);
  });
};

const answer = async (route: Route, request: Request, outgoing: ServerResponse): Promise<void> => {
  try {
    send(outgoing, await route.handle(request));
  } catch (error) {
    const status = error instanceof HttpError ? error.status : 500;
    if (status >= 500) logFailure(`${route.method} ${route.uri} failed with ${status}`, error);
    const message = error instanceof HttpError ? error.message : 'internal error';
    send(outgoing, { status, body: { error: message } });
  }
};

const failuresSince = new Map<string, { atMs: number; count: number }>();

/** The first of a kind at once, then one line a second with their number: in an overload, logging must not add to it. */
const logFailure = (text: string, error: unknown): void => {
  const now = Date.now();
  const before = failuresSince.get(text) ?? { atMs: 0, count: 0 };
  before.count += 1;
  failuresSince.set(text, before);
  if (now - before.atMs < 1_000) return;
  log.error(before.count === 1 ? text : `${text}, ${before.count} times`, error);
  failuresSince.set(text, { atMs: now, count: 0 });
};

const send = (outgoing: ServerResponse, { status, body, contentType }: Answer): void => {
  if (outgoing.destroyed) return;
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = isRaw ? body : JSON.stringify(body);
  outgoing.writeHead(status, {
    'content-type': contentType ?? (isRaw ? 'text/plain; charset=utf-8' : 'application/json'),
    'content-length': Buffer.byteLength(bytes),
  });
  outgoing.end(bytes);
};

const bodyOf = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimitBytes) throw new HttpError(413, 'body above 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const patternOf = (uri: string): RegExp =>
  new RegExp(`^${uri.replaceAll(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>[A-Za-z0-9_.-]{1,64})`)}$`);

const outcomeOf = (status: number): string => {
  if (status >= 500) return 'SERVER_ERROR';
  if (status >= 400) return 'CLIENT_ERROR';
  return status >= 300 ? 'REDIRECTION' : 'SUCCESS';
};
