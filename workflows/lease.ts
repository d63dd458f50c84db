import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  emptyLeaseTable,
  nextRevocationAtMs,
  releaseLease,
  requestLease,
  revokeOverdue,
  type LeaseChange,
} from '../domain/lease-table.ts';
import type { LeaseTable } from '../domain/procedure.ts';
import {
  leaseGrantedSignal,
  leasePreemptedSignal,
  leaseReleaseSignal,
  leaseRequestSignal,
  leaseTableQuery,
} from './contracts.ts';
import { perform } from './engine/activities.ts';

/** Input of `lease`; `table` is carried over a continue-as-new. */
export interface LeaseInput {
  environment: string;
  /** How long a holder that is preempted may take to its next safe point before its token is stale. */
  graceMs?: number;
  /** Continue as new after that many events, where the server does not suggest it earlier. */
  maxHistoryEvents?: number;
  table?: LeaseTable;
}

const WATCH_MS = 5 * 60_000;

/**
 * The right to change services, one entity an environment: it gives out sets of services, all or none, FIFO among equal
 * priorities, asks a lower holder to make way, and takes back what a dead holder left.
 */
export async function lease(input: LeaseInput): Promise<void> {
  const graceMs = input.graceMs ?? 60_000;
  const maxHistoryEvents = input.maxHistoryEvents ?? 2_000;
  // Tokens start at the time of the start, so that a lease that was terminated never gives an old token again.
  let table = input.table ?? emptyLeaseTable(workflowInfo().startTime.getTime());
  let outbox: Omit<LeaseChange, 'table'>[] = [];
  let version = 0;

  const moment = () => ({ nowMs: Date.now(), graceMs });
  const take = ({ table: next, ...messages }: LeaseChange): void => {
    table = next;
    version += 1;
    outbox.push(messages);
    setCurrentDetails(detailsOf(table));
  };

  setHandler(leaseRequestSignal, (request) => take(requestLease(table, request, moment())), {
    description: 'Ask for all services of the request at once.',
  });
  setHandler(leaseReleaseSignal, (who) => take(releaseLease(table, who, moment())), {
    description: 'Give the services back, or leave the queue.',
  });
  setHandler(leaseTableQuery, () => table, { description: 'Who holds what, who waits.' });

  const watcher = new CancellationScope();
  const watching = watcher.run(async () => {
    for (;;) {
      await condition(() => table.waiting.length > 0 && table.held.length > 0);
      const seen = version;
      const ended = await endedHolders(table, () => version !== seen);
      for (const holder of ended) take(releaseLease(table, holder, moment()));
    }
  });
  watching.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });

  const mustContinue = () =>
    workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > maxHistoryEvents;
  for (;;) {
    const dueAtMs = nextRevocationAtMs(table);
    const work = () => outbox.length > 0 || mustContinue() || nextRevocationAtMs(table) !== dueAtMs;
    if (dueAtMs === undefined) await condition(work);
    else await condition(work, Math.max(1, dueAtMs - Date.now()), { summary: 'grace of a preempted holder' });

    const messages = outbox;
    outbox = [];
    const gone = (await Promise.all(messages.map(deliver))).flat();
    for (const { holder, runId } of gone) take(releaseLease(table, { holder, runId }, moment()));
    if (dueAtMs !== undefined && Date.now() >= dueAtMs) take(revokeOverdue(table, moment()));

    if (mustContinue() && outbox.every(isSilent)) {
      watcher.cancel();
      await condition(allHandlersFinished);
      await continueAsNew<typeof lease>({ ...input, table });
    }
  }
}

const isSilent = ({ grants, preemptions }: Omit<LeaseChange, 'table'>): boolean =>
  grants.length === 0 && preemptions.length === 0;

/** Tells holders and waiters what happened. Returns those that are not there any more: waiters that are gone. */
async function deliver(messages: Omit<LeaseChange, 'table'>): Promise<{ holder: string; runId: string }[]> {
  const gone: { holder: string; runId: string }[] = [];
  const tell = async (to: { holder: string; runId: string }, send: () => Promise<void>): Promise<void> => {
    try {
      await send();
    } catch (error) {
      if (isCancellation(error)) throw error;
      gone.push(to);
    }
  };
  await Promise.all([
    ...messages.grants.map((grant) =>
      tell(grant, () =>
        getExternalWorkflowHandle(grant.holder, grant.runId).signal(leaseGrantedSignal, {
          services: grant.services,
          fencingToken: grant.fencingToken,
        }),
      ),
    ),
    ...messages.preemptions.map((asked) =>
      tell(asked, () =>
        getExternalWorkflowHandle(asked.holder, asked.runId).signal(leasePreemptedSignal, {
          by: asked.by,
          services: asked.services,
          graceMs: asked.graceMs,
        }),
      ),
    ),
  ]);
  return gone;
}

/** Holders that ended without a word. Comes back empty as soon as the table changed, so that the right ones are watched. */
async function endedHolders(
  table: LeaseTable,
  changed: () => boolean,
): Promise<{ holder: string; runId: string }[]> {
  const holders = table.held.map(({ holder, runId }) => ({ workflowId: holder, runId }));
  const scope = new CancellationScope();
  const watch = scope
    .run(() =>
      perform(
        'waitForHolderToEnd',
        [{ holders, timeoutMs: WATCH_MS }],
        'watch the holders: somebody waits',
        WATCH_MS,
      ),
    )
    .catch((error: unknown): string[] => {
      // Cancelled because the table changed, or no worker could watch for a while: the caller watches again.
      if (error instanceof ActivityFailure) return [];
      throw error;
    });
  const ended = await Promise.race([watch, condition(changed).then((): string[] => [])]);
  scope.cancel();
  // With its run: who is started again under the same id keeps its place.
  return table.held
    .filter(({ holder }) => ended.includes(holder))
    .map(({ holder, runId }) => ({ holder, runId }));
}

function detailsOf(table: LeaseTable): string {
  const rows = [
    ...table.held.map(
      (held) => `| holds | ${held.holder} | ${held.services.join(', ')} | ${held.fencingToken} |`,
    ),
    ...table.waiting.map((waiter) => `| waits | ${waiter.holder} | ${waiter.services.join(', ')} | |`),
  ];
  if (rows.length === 0) return 'Nobody holds a lease.';
  return ['| | Procedure | Services | Token |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
