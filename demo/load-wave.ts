import { randomInt } from 'node:crypto';
import { loadTest as untypedLoadTest, type LoadTestOptions } from 'loadtest';
import type { Partial, WaveOrder } from './load-protocol.ts';

/**
 * A process of its own that sends messages at one constant rate until its parent ends it, and tells the parent what came back.
 * The rate does not depend on the answers: a platform that is too slow sees more and more requests at once.
 */
const reportEveryMs = 200;
const conversations = 5_000;

/** The package's own types are of an older version: it gives a promise, and errors are sentences. */
const loadTest = untypedLoadTest as unknown as (
  options: Omit<LoadTestOptions, 'body' | 'statusCallback'> & {
    body: () => object;
    statusCallback: (error: string | null, result?: { requestElapsed: number } | null) => void;
  },
) => Promise<unknown>;

const start = ({ url, token, ratePerSecond, timeoutMs }: WaveOrder): void => {
  let partial: Partial = { sent: 0, latenciesMs: [], failed: 0, timedOut: 0 };
  setInterval(() => {
    process.send?.(partial);
    partial = { sent: 0, latenciesMs: [], failed: 0, timedOut: 0 };
  }, reportEveryMs);
  void loadTest({
    url: `${url}/api/messages`,
    method: 'POST',
    requestsPerSecond: ratePerSecond,
    maxSeconds: 86_400,
    timeout: timeoutMs,
    contentType: 'application/json',
    headers: { Authorization: `Bearer ${token}` },
    quiet: true,
    body: () => {
      partial.sent += 1;
      return {
        conversation_id: `conversation-${randomInt(conversations)}`,
        content: 'A message of the load generator, about as long as people write them.',
        content_type: 'TEXT',
      };
    },
    statusCallback: (error, result) => {
      if (error === null && result) partial.latenciesMs.push(result.requestElapsed);
      else if (result) partial.failed += 1;
      else if (error?.includes('timed out') === true) partial.timedOut += 1;
      else partial.failed += 1;
    },
  });
};

process.once('message', (order) => start(order as WaveOrder));
// The parent is gone: nobody wants this load any more.
process.once('disconnect', () => process.exit(0));
