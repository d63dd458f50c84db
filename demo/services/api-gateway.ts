import { existsSync } from 'node:fs';
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { Counter, Gauge } from 'prom-client';
import { recordsOf, topics, type Message } from './message.ts';
import { createBatcher } from './runtime/batcher.ts';
import { numberOf, required } from './runtime/environment.ts';
import { HttpError, type Answer, type Request, type Route } from './runtime/http.ts';
import { connectKafka, startProducer } from './runtime/kafka.ts';
import { log } from './runtime/log.ts';
import { runService } from './runtime/service.ts';
import { connectTrace, type Trace } from './runtime/trace.ts';
import { createWorkQueue, QueueFull } from './runtime/work-queue.ts';

const contentTypes = new Set(['TEXT', 'IMAGE', 'AUDIO', 'VIDEO', 'FILE']);

/** For exercises: while a replica has this file, it fails every message that it gets. */
const faultFile = '/tmp/fault';

/** The front door: takes messages, checks them, puts them on `message-events`, and tells how far a message came. */
void runService('ApiGateway', async ({ replica, registry }) => {
  const token = required('API_TOKEN');
  const queue = createWorkQueue({
    cpuMicros: numberOf('WORK_CPU_MICROS', 2_000),
    capacity: numberOf('QUEUE_CAPACITY', 400),
  });
  const accepted = new Counter({
    name: 'messages_processed_total',
    help: 'Messages accepted',
    registers: [registry],
  });
  const depth = new Gauge({
    name: 'work_queue_size',
    help: 'Requests that wait for their turn',
    registers: [],
    collect() {
      this.set(queue.depth());
    },
  });
  registry.registerMetric(depth);
  const trace = connectTrace();
  const producer = await startProducer(connectKafka('api-gateway'));
  const publisher = createBatcher<Message>(
    async (messages) => {
      await trace.record(
        messages.map(({ id, conversation_id, created_at }) => ({
          id,
          fields: { conversation_id, accepted_at: created_at, accepted_by: replica },
        })),
      );
      await producer.send({ topic: topics.events, acks: 1, messages: recordsOf(messages) });
      accepted.inc(messages.length);
    },
    { lingerMs: 15, size: 50 },
  );

  const postMessage = async (request: Request): Promise<Answer> => {
    checkToken(request, token);
    if (existsSync(faultFile)) throw new HttpError(500, 'out of order: the fault switch is on');
    if (queue.isFull()) throw overloaded();
    const message = messageOf(await request.body());
    try {
      await queue.run(request.isOpen);
    } catch (error) {
      throw error instanceof QueueFull ? overloaded() : error;
    }
    if (!request.isOpen()) throw new HttpError(499, 'the client has gone');
    await publisher.add(message);
    return { status: 202, body: { id: message.id, status: 'accepted' } };
  };

  return {
    routes: [
      { method: 'POST', uri: '/api/messages', handle: postMessage },
      { method: 'GET', uri: '/api/messages/{id}', handle: (request) => getMessage(request, token, trace) },
      forward('GET', '/api/users/{id}', 'USER_SERVICE_URL', token),
      forward('POST', '/api/users', 'USER_SERVICE_URL', token),
      forward('GET', '/api/files/{id}', 'FILE_SERVICE_URL', token),
      forward('POST', '/api/files', 'FILE_SERVICE_URL', token),
    ],
    closers: [publisher.flush, () => producer.disconnect(), trace.close],
  };
});

/**
 * 504, not 503: with the runbook's `proxy_next_upstream` and `max_fails`, nginx takes a replica that says 503 three times out of
 * the upstream for 30 s, so shedding load in one would drive its share onto the others and these out next.
 */
const overloaded = (): HttpError => new HttpError(504, 'overloaded: no worker came free in time');

const getMessage = async (request: Request, token: string, trace: Trace): Promise<Answer> => {
  checkToken(request, token);
  const id = request.params['id'] ?? '';
  const fields = await trace.read(id);
  if (fields === null) throw new HttpError(404, `no message ${id}`);
  return { status: 200, body: { id, status: statusOf(fields), ...fields } };
};

/** The last station that left its mark. */
const statusOf = (fields: Record<string, string>): string =>
  ['delivered', 'routed', 'stored', 'accepted'].find((station) => `${station}_at` in fields) ?? 'unknown';

const checkToken = ({ headers }: Request, token: string): void => {
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new HttpError(401, 'a valid bearer token is needed');
};

const messageOf = (body: Buffer): Message => {
  const input = jsonOf(body);
  const errors: string[] = [];
  const text = (field: string, limit: number): string => {
    const value = input[field];
    if (typeof value === 'string' && value !== '' && value.length <= limit) return value;
    errors.push(`${field}: a text of 1 to ${limit} characters is needed`);
    return '';
  };
  const message = {
    id: randomUUID(),
    conversation_id: text('conversation_id', 128),
    content: text('content', 4_096),
    content_type: text('content_type', 16),
    created_at: new Date().toISOString(),
  };
  if (message.content_type !== '' && !contentTypes.has(message.content_type))
    errors.push(`content_type: one of ${[...contentTypes].join(', ')}`);
  if (errors.length > 0) throw new HttpError(400, errors.join('; '));
  return message;
};

const jsonOf = (body: Buffer): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    log.warn(`body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new HttpError(400, 'the body must be one JSON object');
};

/** Hands a request to the service behind and its answer back. */
const forward = (method: 'GET' | 'POST', uri: string, baseUrlVariable: string, token: string): Route => ({
  method,
  uri,
  handle: async (request) => {
    checkToken(request, token);
    const response = await fetch(new URL(request.url.pathname, required(baseUrlVariable)), {
      method,
      headers: { 'content-type': request.headers['content-type'] ?? 'application/octet-stream' },
      ...(method === 'POST' ? { body: new Uint8Array(await request.body()) } : {}),
      signal: AbortSignal.timeout(10_000),
    });
    return {
      status: response.status,
      body: Buffer.from(await response.arrayBuffer()),
      contentType: response.headers.get('content-type') ?? 'application/octet-stream',
    };
  },
});
