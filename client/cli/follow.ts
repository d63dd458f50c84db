import type { Client } from '@temporalio/client';
import type { Phase, Progress, ProcedureResult } from '../../domain/procedure.ts';
import { progressQuery } from '../../workflows/contracts.ts';
import { beginOf, waitsForItsStart } from '../not-begun.ts';
import type { ProcedureHandle } from '../start-procedure.ts';
import { ownTimeZone } from './terminal.ts';
import type { View } from './view.ts';
import { resultOf } from './workflow-result.ts';

export type Followed =
  | { end: 'result'; result: ProcedureResult }
  | { end: 'detached' }
  /** It waits for approval, and nobody is here who could give it. */
  | { end: 'waits for approval'; progress: Progress };

export interface FollowOptions {
  client: Client;
  handle: ProcedureHandle;
  view: View;
  /** Called once, when there is a plan. */
  onPlan?: (progress: Progress) => Promise<void>;
  /** Called when it waits for approval, once for each plan. False: stop following. */
  onApproval?: (progress: Progress) => Promise<boolean>;
  /** Aborted by Ctrl-C: stop following, the procedure goes on. */
  signal: AbortSignal;
}

const pollMs = 400;
/** In a wait of minutes or hours a person needs no more, and a worker is not kept busy with questions. */
const calmPollMs = 2_000;
const calm: readonly Phase[] = ['waiting', 'soaking', 'awaiting_approval', 'paused'];
const queryTimeoutMs = 5_000;

/** Shows a procedure until it ends. */
export async function follow(options: FollowOptions): Promise<Followed> {
  const { handle, view, signal, onPlan, onApproval } = options;
  const stop = new AbortController();
  const ended = resultOf(options.client, handle, stop.signal);
  // Awaited below; a failure in between must not count as unhandled.
  ended.catch(() => undefined);
  let askedFor: string | undefined;
  let planned = false;
  try {
    for (;;) {
      const progress = await progressOf(options);
      if (progress === undefined) view.say(await whyNothingAnswers(handle));
      else view.show(progress);
      if (progress?.planHash !== undefined && onPlan !== undefined && !planned) {
        planned = true;
        view.pause();
        await onPlan(progress);
      }
      const { phase, planHash } = progress ?? {};
      if (
        progress !== undefined &&
        phase === 'awaiting_approval' &&
        onApproval !== undefined &&
        askedFor !== planHash
      ) {
        askedFor = planHash;
        view.pause();
        if (!(await onApproval(progress))) return { end: 'waits for approval', progress };
      }
      if (signal.aborted) return { end: 'detached' };
      const result = await Promise.race([
        ended,
        pauseOf(progress === undefined || calm.includes(progress.phase) ? calmPollMs : pollMs, signal),
      ]);
      if (result === undefined) continue;
      const last = await progressOf(options);
      if (last !== undefined) view.show(last);
      return { end: 'result', result };
    }
  } finally {
    stop.abort();
    view.done();
  }
}

async function whyNothingAnswers(handle: ProcedureHandle): Promise<string> {
  // Where the server does not answer either, the next look tells.
  const beginsAtMs = await beginOf(handle).catch(() => undefined);
  if (beginsAtMs !== undefined) return `it waits for ${waitsForItsStart(beginsAtMs, ownTimeZone())}`;
  return 'no worker answers yet: `crescendo worker` starts one';
}

/** Undefined where no worker answers the query: the procedure then waits as well. */
async function progressOf({ client, handle }: FollowOptions): Promise<Progress | undefined> {
  const { isGrpcServiceError, QueryNotRegisteredError, QueryRejectedError } =
    await import('@temporalio/client');
  try {
    return await client.withDeadline(Date.now() + queryTimeoutMs, () => handle.query(progressQuery));
  } catch (error) {
    const unanswered =
      isGrpcServiceError(error) ||
      isGrpcServiceError((error as Error).cause) ||
      error instanceof QueryNotRegisteredError ||
      error instanceof QueryRejectedError;
    if (unanswered) return undefined;
    throw error;
  }
}

function pauseOf(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve(undefined);
    }
  });
}
