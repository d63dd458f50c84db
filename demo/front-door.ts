import { setTimeout as sleep } from 'node:timers/promises';

/** How far a message came, as GET /api/messages/{id} tells it. */
export interface MessageTrace {
  id: string;
  status: 'accepted' | 'stored' | 'routed' | 'delivered' | 'unknown';
  channel?: string;
  accepted_by?: string;
  stored_by?: string;
  delivered_by?: string;
  /** How often a connector has delivered it: a rebalance may make it twice, nothing may make it none. */
  delivered_times?: string;
}

export interface FrontDoor {
  url: string;
  token: string;
}

export async function postMessage({ url, token }: FrontDoor, conversationId: string): Promise<string> {
  const response = await fetch(`${url}/api/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ conversation_id: conversationId, content: 'Hello', content_type: 'TEXT' }),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status !== 202)
    throw new Error(`POST /api/messages answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

export async function readMessage({ url, token }: FrontDoor, id: string): Promise<MessageTrace> {
  const response = await fetch(`${url}/api/messages/${id}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`GET /api/messages/${id} answered ${response.status}`);
  return (await response.json()) as MessageTrace;
}

/**
 * Sends a message and waits until a connector has delivered it. Throws with how far it came.
 * `ms` counts from before the request to when the delivery was seen.
 */
export async function sendOneMessage(
  options: FrontDoor & { timeoutMs: number },
): Promise<{ id: string; deliveredBy: string; ms: number }> {
  const startedAtMs = Date.now();
  const id = await postMessage(options, `first-${startedAtMs}`);
  for (;;) {
    const trace = await readMessage(options, id);
    const ms = Date.now() - startedAtMs;
    if (trace.status === 'delivered') return { id, deliveredBy: trace.delivered_by ?? 'unknown', ms };
    if (ms > options.timeoutMs) throw new Error(`message ${id} is only ${trace.status} after ${ms} ms`);
    await sleep(200);
  }
}
