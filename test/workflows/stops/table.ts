import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../domain/outcome.ts';
import type { ProcedureResult } from '../../../domain/procedure.ts';
import {
  abortSignal,
  leaseTableQuery,
  leaseWorkflowId,
  pauseUpdate,
  progressQuery,
  rollbackSignal,
} from '../../../workflows/contracts.ts';
import { waitFor } from '../../support/index.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from '../env.ts';

/** One line of the table of stops: where it is, what is said to it, how it ends, what runs then. */
export type Row = readonly [place: string, words: string, ends: Outcome, runs: Replicas];
export type Replicas = Readonly<Record<string, number>>;
export type Procedure = WorkflowHandle<() => Promise<ProcedureResult>>;
type Begin = (stage: Stage, input: object) => Promise<Procedure>;

/** Brings a procedure to a place. `goOn` is called when everything was said. */
export type Place = (
  stage: Stage,
  begin: (input?: object) => Promise<Procedure>,
) => Promise<{ procedure: Procedure; goOn?: () => Promise<void> | void }>;

export interface Stops {
  /** What there is before it begins. */
  prepare?: (stage: Stage) => Promise<void> | void;
  begin: Begin;
  places: Readonly<Record<string, Place>>;
  rows: readonly Row[];
  /** Sentences about what is not as it must be after every row, beside what holds for all procedures. */
  wrong?: (stage: Stage) => string[];
}

const sentence: Readonly<Partial<Record<Outcome, string>>> = {
  held: 'leaves what is there',
  rolled_back: 'puts back what ran before',
  completed: 'comes too late, and it completes',
};

/**
 * Each row as a test, `abort with hold while it waits for approval leaves what is there`. After every one: it holds no lease and waits for
 * none, nothing is left over or still marked as running, the balancer sends to what runs, and after a hold nothing was written any more.
 */
export function stopsOf(name: string, { prepare, begin, places, rows, wrong }: Stops): void {
  const stopAt = async (stage: Stage, place: string, words: string) => {
    await prepare?.(stage);
    const bring = places[place];
    if (bring === undefined) throw new Error(`no such place: ${place}`);
    const { procedure, goOn } = await bring(stage, (input = {}) => begin(stage, input));
    await say(procedure, words);
    const soFar = writes(stage).length;
    await goOn?.();
    const result = await procedure.result();
    return { procedure, result, written: writes(stage).slice(soFar) };
  };

  describe.concurrent(`a stop of ${name}`, () => {
    // A real server: the one that skips time does not end every activity that is cancelled.
    beforeAll(() => sharedEnvironment('dev'), 60_000);
    afterAll(async () => (await sharedEnvironment()).teardown());

    for (const [place, words, ends, runs] of rows)
      test(`${words} ${place} ${sentence[ends] ?? ends}`, async () => {
        const stage = await openStage();
        try {
          const { procedure, result, written } = await stopAt(stage, place, words);
          expect(result).toMatchObject({ outcome: ends, leftOver: [] });
          expect(stage.world.replicas).toMatchObject(runs);
          // One that is held between the two is out of the balancer and still there, never the other way round.
          const { upstream, replicas } = stage.world;
          const [sends = 0, run = 0] = [upstream['api-gateway'], replicas['api-gateway']];
          expect(ends === 'held' ? sends <= run : sends === run).toBe(true);
          expect(result.steps.filter(({ status }) => status === 'running')).toEqual([]);
          expect(ends === 'held' ? written : []).toEqual([]);
          await nobodyHolds(stage, procedure);
          expect(wrong?.(stage) ?? []).toEqual([]);
        } finally {
          await stage.close();
        }
      });
  });
}

const writes = ({ world }: Stage): string[] =>
  world.calls.filter((call) => /^(scale|reload|drain|edit|restore|prune)/.test(call));

/** `abort with hold, then cancel`: one after the other, before the procedure can go on. */
async function say(procedure: Procedure, words: string): Promise<void> {
  for (const word of words.split(', then ')) {
    const reason = `said ${word}`;
    if (word === 'cancel') await procedure.cancel();
    else if (word === 'rollback') await procedure.signal(rollbackSignal, { reason, by: 'ann' });
    else if (word === 'abort' || word === 'abort with hold')
      await procedure.signal(abortSignal, { mode: word === 'abort' ? 'rollback' : 'hold', reason });
    else throw new Error(`nobody knows the word: ${word}`);
  }
}

async function nobodyHolds({ env, environment }: Stage, { workflowId }: Procedure): Promise<void> {
  const lease = env.client.workflow.getHandle(leaseWorkflowId(environment));
  // Where nothing was ever to be changed nobody has asked for a lease.
  const table = await lease.query(leaseTableQuery).catch(() => undefined);
  const names = [...(table?.held ?? []), ...(table?.waiting ?? [])].map(({ holder }) => holder);
  expect(names).not.toContain(workflowId);
}

const reached = (gate: { reached: Promise<void> }, call: string): Promise<unknown> => {
  let isReached = false;
  void gate.reached.then(() => (isReached = true));
  return waitFor(() => isReached, { timeoutMs: 10_000, what: call });
};

/** In the middle of an activity, which ends when it is cancelled. */
export const inside =
  (call: string, input: object = {}): Place =>
  async ({ world }, begin) => {
    const gate = gateAt(world, call);
    const procedure = await begin(input);
    await reached(gate, call);
    return { procedure };
  };

/** In the middle of a write that does not heed the cancel: it ends when everything was said. */
export const deafIn =
  (call: string, input: object = {}): Place =>
  async ({ world }, begin) => {
    let goOn = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let reached = false;
    world.before = async (now, context) => {
      if (now !== call) return;
      reached = true;
      const beat = setInterval(() => context.heartbeat(), 50);
      await opened.finally(() => clearInterval(beat));
    };
    const procedure = await begin(input);
    await waitFor(() => reached, { timeoutMs: 10_000, what: call });
    return { procedure, goOn };
  };

/** In a wait of its own: a timer, a soak, an approval. */
export const inPhase =
  (phase: string, input: object = {}): Place =>
  async (_stage, begin) => {
    const procedure = await begin(input);
    await untilPhase(procedure, phase);
    return { procedure };
  };

/** Every step is done, and it is not over: it waits. */
export const whenStepsAreDone =
  (input: object = {}): Place =>
  async (_stage, begin) => {
    const procedure = await begin(input);
    await waitFor(
      async () => {
        const { steps } = await procedure.query(progressQuery);
        return steps.length > 0 && steps.every(({ status }) => status === 'done' || status === 'unchanged');
      },
      { timeoutMs: 10_000, what: 'every step done' },
    );
    return { procedure };
  };

/** Paused in the middle of an activity, and that has ended. */
export const pausedIn =
  (call: string, input: object = {}): Place =>
  async ({ world }, begin) => {
    const gate = gateAt(world, call);
    const procedure = await begin(input);
    await reached(gate, call);
    await procedure.executeUpdate(pauseUpdate, { args: [{ by: 'ann' }] });
    gate.open();
    await untilPhase(procedure, 'paused');
    return { procedure };
  };

/** In the queue for its lease: an incident that somebody has paused holds it. */
export const queued =
  (input: object = {}): Place =>
  async (stage, begin) => {
    // To watch the holder is an activity that never ends by itself: the server would skip no time.
    const others = stage.world.before;
    stage.world.before = async (call, context) => {
      await others(call, context);
      if (!call.startsWith('waitForHolderToEnd')) return;
      throw ApplicationFailure.create({ type: 'Later', message: 'later', nextRetryDelay: '1 hour' });
    };
    const { procedure: holder } = await pausedIn('proveEveryReplicaReached api-gateway 4')(stage, () =>
      stage.run('emergencyScaling', { targets: { 'api-gateway': 4, 'message-service': 4 } }),
    );
    const procedure = await begin(input);
    await waitFor(
      async () => (await procedure.query(progressQuery)).waitingFor?.startsWith('the lease') || undefined,
      { timeoutMs: 10_000, what: 'it waits for its lease' },
    );
    return { procedure, goOn: async () => void (await procedure.result(), await holder.terminate()) };
  };

export const untilPhase = (procedure: Procedure, phase: string): Promise<unknown> =>
  waitFor(async () => (await procedure.query(progressQuery)).phase === phase || undefined, {
    timeoutMs: 10_000,
    what: `phase ${phase}`,
  });
