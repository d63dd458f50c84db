import { pause, withTimeLimit } from '../adapters/abort.ts';
import type { EndToEndSpec } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { valueOf } from '../domain/reading.ts';
import type { Deliveries } from '../domain/validation.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { loadBalancerOf, serviceIn } from './names.ts';
import { replicasOf } from './replicas.ts';
import { currentTask } from './task.ts';

const requestTimeoutMs = 5_000;
const lookAgainMs = 50;
/** So many at once as a browser opens: one after the other would only ever meet idle replicas. */
const atOnce = 6;

/** Post-Scaling Validation 3 and 5: what only requests from outside can tell. */
export const validateActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'spreadRequests' | 'sendMessages'> => ({
  spreadRequests: async ({ service, requests }) => {
    const { signal, report } = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const { url, probePath } = loadBalancerOf(catalog, service);
    const spec = serviceIn(catalog, service);
    const replicas = (await replicasOf(dependencies.platform, service, signal)).filter(
      ({ state }) => state === 'running',
    );
    const read = () => dependencies.metrics.requestCounts(spec, replicas, probePath, signal);
    const before = await read();
    let failed = 0;
    for (let sent = 0; sent < requests; sent += atOnce) {
      const batch = Array.from({ length: Math.min(atOnce, requests - sent) }, () =>
        answers(dependencies, `${url}${probePath}`, signal),
      );
      failed += (await Promise.all(batch)).filter((ok) => !ok).length;
      report(`${sent + batch.length} of ${requests} requests sent`);
    }
    const after = await read();
    const answered = replicas.map(({ name }) => {
      const [then, now] = [valueOf(before[name]), valueOf(after[name])];
      return [name, then === undefined || now === undefined ? null : Math.max(0, now - then)] as const;
    });
    return { requests, failed, answered: Object.fromEntries(answered) };
  },

  sendMessages: async ({ messages, timeoutMs }) => {
    const { signal, report } = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const { endToEnd, loadBalancer } = catalog;
    if (endToEnd === undefined || loadBalancer === undefined)
      throw new CrescendoError(
        'InvalidCatalog',
        'the catalog has no endToEnd, or no load balancer to send to',
      );
    const token = await dependencies.resolveSecret(endToEnd.token);
    const deliveries: Deliveries = { sent: 0, deliveredMs: [] };
    for (let sent = 1; sent <= messages; sent += 1) {
      deliveries.sent = sent;
      const end = await follow(
        dependencies,
        { ...endToEnd, url: loadBalancer.url, token },
        timeoutMs,
        signal,
      );
      if ('ms' in end) deliveries.deliveredMs.push(end.ms);
      else deliveries.problem ??= end.problem;
      report(`${deliveries.deliveredMs.length} of ${sent} delivered`);
    }
    return deliveries;
  },
});

const answers = async ({ fetch }: Dependencies, url: string, signal: AbortSignal): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: withTimeLimit(requestTimeoutMs, signal) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    signal.throwIfAborted();
    return false;
  }
};

interface Sending extends EndToEndSpec {
  url: string;
  token: string;
}

/** One message to its delivery: how long it took, or what went wrong. The token stands in no answer. */
const follow = async (
  { fetch, nowMs }: Dependencies,
  { url, token, path, body, idField, statusPath, statusField, delivered }: Sending,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ ms: number } | { problem: string }> => {
  const startedAtMs = nowMs();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const ask = async (where: string, init: object): Promise<Record<string, unknown>> => {
    try {
      const response = await fetch(`${url}${where}`, {
        headers,
        signal: withTimeLimit(requestTimeoutMs, signal),
        ...init,
      });
      if (!response.ok) return { problem: `${where} answered ${response.status}` };
      return (await response.json()) as Record<string, unknown>;
    } catch (error) {
      signal.throwIfAborted();
      return { problem: `${where}: ${error instanceof Error ? error.message : String(error)}` };
    }
  };
  const accepted = await ask(path, { method: 'POST', body: JSON.stringify(body) });
  if (typeof accepted['problem'] === 'string') return { problem: accepted['problem'] };
  const id = String(accepted[idField]);
  for (;;) {
    const state = await ask(statusPath.replace('{id}', encodeURIComponent(id)), {});
    const ms = nowMs() - startedAtMs;
    if (state[statusField] === delivered) return { ms };
    if (ms > timeoutMs) return { problem: `${id} is only ${String(state[statusField] ?? state['problem'])}` };
    await pause(lookAgainMs, signal);
  }
};
