import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMessage } from '../../demo/front-door.ts';

export interface ConstantLoad {
  /** Stops sending and waits for the answers that are on their way. */
  stop(): Promise<void>;
  sent(): number;
  /** What became of each request that got no 202, as a sentence. */
  lost(): readonly string[];
  /** The longest time from a request that was lost to the next one that was accepted; to the end where none was. */
  outageMs(): number;
  /** Ids of the messages that the platform has accepted. */
  ids(): readonly string[];
}

const timeoutMs = 15_000;

/**
 * Sends messages at a constant rate, however the platform answers, and remembers each id. A connection for each request: one that
 * is kept open may be closed by a reload while the client sends on it, which is a race of HTTP and no loss of the platform.
 */
export function startConstantLoad(options: {
  url: string;
  token: string;
  ratePerSecond: number;
}): ConstantLoad {
  const ids: string[] = [];
  const lost: string[] = [];
  const ends: Probe[] = [];
  const open = new Set<Promise<void>>();
  let sent = 0;
  const send = (): void => {
    sent += 1;
    const index = sent;
    const atMs = Date.now();
    const one = post(options, `conversation-${index % 500}`)
      .then((id) => {
        ids.push(id);
        return true;
      })
      .catch((error: unknown) => {
        const at = new Date().toISOString();
        lost.push(`${at} request ${index}: ${error instanceof Error ? error.message : String(error)}`);
        return false;
      })
      .then((isGood) => void ends.push({ atMs, isGood }))
      .finally(() => open.delete(one));
    open.add(one);
  };
  const timer = setInterval(send, 1_000 / options.ratePerSecond);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
    },
    sent: () => sent,
    lost: () => lost,
    outageMs: () => longestOutageMs(ends),
    ids: () => ids,
  };
}

interface Probe {
  /** When it was sent. */
  atMs: number;
  isGood: boolean;
}

/** By when they were sent: an answer that is late says nothing of the moment it came in. */
export function longestOutageMs(probes: readonly Probe[]): number {
  const sorted = probes.toSorted((a, b) => a.atMs - b.atMs);
  let longest = 0;
  let sinceMs: number | undefined;
  for (const { atMs, isGood } of sorted) {
    if (!isGood) sinceMs ??= atMs;
    if (sinceMs !== undefined) longest = Math.max(longest, atMs - sinceMs);
    if (isGood) sinceMs = undefined;
  }
  return longest;
}

function post({ url, token }: { url: string; token: string }, conversation: string): Promise<string> {
  const body = JSON.stringify({ conversation_id: conversation, content: 'Hello', content_type: 'TEXT' });
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/api/messages`, {
      method: 'POST',
      agent: false,
      timeout: timeoutMs,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    sending.once('timeout', () => sending.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    sending.once('error', reject);
    sending.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 202) resolve((JSON.parse(text) as { id: string }).id);
        else reject(new Error(`answered ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    sending.end(body);
  });
}

/**
 * Waits until every message was delivered, or the time is over, and counts. The platform promises each at least once; one that was
 * delivered twice was handled by two consumers around a rebalance.
 */
export async function countDeliveries(
  frontDoor: { url: string; token: string },
  ids: readonly string[],
  limitMs: number,
): Promise<{ lost: string[]; once: number; more: number }> {
  const giveUpAtMs = Date.now() + limitMs;
  let waiting = [...ids];
  const times = new Map<string, number>();
  for (;;) {
    const left: string[] = [];
    for (let at = 0; at < waiting.length; at += 20) {
      const part = waiting.slice(at, at + 20);
      const traces = await Promise.all(part.map((id) => readMessage(frontDoor, id)));
      for (const trace of traces)
        if (trace.status === 'delivered') times.set(trace.id, Number(trace.delivered_times ?? 0));
        else left.push(trace.id);
    }
    waiting = left;
    if (waiting.length === 0 || Date.now() > giveUpAtMs) break;
    await sleep(500);
  }
  const counts = [...times.values()];
  return {
    lost: waiting,
    once: counts.filter((count) => count === 1).length,
    more: counts.filter((count) => count > 1).length,
  };
}
