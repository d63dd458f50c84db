import { ActivityFailure, CancellationScope, workflowInfo } from '@temporalio/workflow';
import { downtimeFacts, downtimeReport, outageSentence, type BackupWord } from '../../domain/downtime.ts';
import type { ProbeWindow } from '../../domain/probe-window.ts';
import type { Plan } from '../../domain/plan.ts';
import { perform } from './activities.ts';
import { describeFailure, Ending } from './ending.ts';
import { looked } from './prove.ts';
import type { Run } from './run.ts';
import { executeSteps } from './steps.ts';

export interface GuardOptions {
  /** Name in `databases` of the catalog. */
  database: string;
  /** What the plan stops; left out for one that stops nothing. */
  downtime?: { budgetMs: number; backup: BackupWord } | undefined;
  /** From one probe to the next. */
  probeEveryMs: number;
}

/**
 * The body under a watch: from before its first change until after an undo, an application's reads and writes are tried all the time. It gives
 * the outage that was really there, and every write that the database acknowledged must be in it at the end.
 * @throws Ending `held` with `WritesLost`
 */
export async function underDowntimeGuard(
  run: Run,
  options: GuardOptions,
  body: () => Promise<void>,
): Promise<void> {
  const { database, downtime } = options;
  if (downtime?.backup.kind === 'run')
    await looked(run, 'backup', `Back ${database} up`, async () => ({
      value: undefined,
      facts: (await perform('backUpDatabase', [{ database }], `back ${database} up`)).facts,
    }));
  const watch = await beginWatch(run, options);
  // An undo stops and starts the database too: the watch ends after it.
  run.beforeEnd = async () => {
    try {
      await endWatch(run, options, watch);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      run.note(`what was measured meanwhile is unknown: ${describeFailure(error).message}`);
    }
  };
  await body();
  run.beforeEnd = undefined;
  const missing = await CancellationScope.nonCancellable(() => endWatch(run, options, watch));
  if (missing > 0)
    throw new Ending(
      'held',
      `${missing} acknowledged writes are not in ${database}: look before anything else is done`,
      'WritesLost',
    );
}

/** The steps of a vertical change, and its end. A plan without downtime is watched as one with it is: what was measured is what counts. */
export async function carryOutResize(
  run: Run,
  plan: Plan,
  {
    database,
    probeEveryMs,
    readyTimeoutMs,
  }: { database: string; probeEveryMs: number; readyTimeoutMs: number },
): Promise<Ending> {
  const times = { readyTimeoutMs, rebalanceTimeoutMs: 0, reachTimeoutMs: 0, lagTimeoutMs: 0 };
  const { downtime } = plan;
  await underDowntimeGuard(run, { database, downtime, probeEveryMs }, () => executeSteps(run, times));
  if (downtime !== undefined) await removeReplaced(run, database);
  const measured = run.downtime === undefined ? [] : [outageSentence(run.downtime)];
  return new Ending('completed', [plan.finding, ...measured].join('; '));
}

/** Away with the container that ran before. What keeps it from going is said, and no reason to undo what works. */
export async function removeReplaced(run: Run, database: string): Promise<void> {
  const write = {
    operationId: run.operationId('replaced', 0),
    fencingToken: run.steering.grant?.fencingToken ?? 0,
  };
  await CancellationScope.nonCancellable(() =>
    looked(run, 'replaced', `Remove what ${database} ran in before`, async () => ({
      value: undefined,
      facts: (
        await perform('removeReplacedContainer', [{ ...write, database }], 'remove the container before')
      ).facts,
    })),
  );
}

interface Watch {
  probeId: string;
  scope: CancellationScope;
  ended: Promise<ProbeWindow>;
}

/** Out of reach of an abort, which has to be watched too. */
async function beginWatch(run: Run, { database, probeEveryMs }: GuardOptions): Promise<Watch> {
  const probeId = `${run.procedure}-${workflowInfo().firstExecutionRunId.slice(0, 8)}`;
  const prepared = await perform('prepareProbe', [{ database, probeId }], `a first write to ${database}`);
  for (const fact of prepared.facts) run.note(fact);
  return CancellationScope.nonCancellable(async () => {
    const scope = new CancellationScope();
    const input = { database, probeId, everyMs: probeEveryMs };
    const ended = scope.run(() => perform('probeDatabase', [input], `reads and writes of ${database}`));
    // Awaited at the end; until then a failure of it is nobody's.
    ended.catch(() => undefined);
    return { probeId, scope, ended };
  });
}

async function endWatch(
  run: Run,
  { database, downtime }: GuardOptions,
  { probeId, scope, ended }: Watch,
): Promise<number> {
  scope.cancel();
  return looked(run, 'nothing-lost', `Count what was written to ${database} meanwhile`, async () => {
    const window = await ended;
    const { acknowledged } = window;
    const { missing } = await perform(
      'countProbeWrites',
      [{ database, probeId, acknowledged }],
      'is every acknowledged write there?',
    );
    run.downtime = downtimeReport(database, downtime?.budgetMs ?? 0, window, missing);
    return { value: missing, facts: downtimeFacts(run.downtime) };
  });
}
