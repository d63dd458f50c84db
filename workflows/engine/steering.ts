import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import {
  abortSignal,
  approveUpdate,
  leaseGrantedSignal,
  leasePreemptedSignal,
  parentPausedSignal,
  pauseUpdate,
  rejectUpdate,
  resumeUpdate,
  rollbackSignal,
} from '../contracts.ts';
import type { LeaseGrant } from '../../domain/procedure.ts';

interface Answer {
  approved: boolean;
  by: string;
}

/** What is waited for, of a plan. */
export const approvalOf = (hash = ''): string => `approve or reject of the plan ${hash.slice(0, 12)}`;

export interface Stop {
  mode: 'hold' | 'rollback';
  reason: string;
}

/** What people and the lease have said to a running procedure, and the scope that a stop cancels. */
export class Steering {
  stop: Stop | undefined;
  grant: LeaseGrant | undefined;
  preemptedBy: string | undefined;
  /** Who said resume last. */
  resumedBy: string | undefined;
  approvedBy: string | undefined;
  rejection: { by: string; reason: string } | undefined;
  pausedBy: string | undefined;
  /** Hash of the plan that waits for approval. */
  awaitingHash: string | undefined;
  /** A question that is not about the plan, and its answer. */
  #isAsked = false;
  #answer: Answer | undefined;
  /** Who has paused what started this. */
  #parentPausedBy: string | undefined;
  /** That of the whole workflow: a cancel comes to it. */
  readonly #root = CancellationScope.current();
  readonly #scope = new CancellationScope();
  readonly #note: (text: string) => void;

  constructor(note: (text: string) => void) {
    this.#note = note;
    this.#registerStops();
    this.#registerApproval();
    this.#registerPause();
    this.#registerParent();
    this.#registerLease();
  }

  get isCancelled(): boolean {
    return this.#root.consideredCancelled;
  }

  /** Of a lease that was given back: neither its grant nor who wanted it counts any more. */
  forgetLease(): void {
    this.grant = undefined;
    this.preemptedBy = undefined;
  }

  /** Runs the body such that abort, rollback and a cancel from outside end it at its next await. */
  stoppable<T>(body: () => Promise<T>): Promise<T> {
    if (this.stop !== undefined) this.#scope.cancel();
    return this.#scope.run(body);
  }

  /** Pauses until a person says resume; returns who. */
  async untilResumed(cause: string): Promise<string> {
    this.resumedBy = undefined;
    this.pausedBy = cause;
    await condition(() => this.resumedBy !== undefined);
    return this.resumedBy ?? cause;
  }

  /**
   * Asks for approve or reject of something with this hash that is not the plan. The answer is for this question only;
   * `undefined` when nobody gave one in time.
   */
  async answerTo(hash: string, timeoutMs: number, summary: string): Promise<Answer | undefined> {
    this.#isAsked = true;
    this.#answer = undefined;
    this.awaitingHash = hash;
    await condition(() => this.#answer !== undefined, timeoutMs, { summary });
    this.awaitingHash = undefined;
    this.#isAsked = false;
    return this.#answer;
  }

  async whilePaused(): Promise<void> {
    await condition(() => this.pausedBy === undefined);
  }

  #registerStops(): void {
    const stop = (mode: Stop['mode'], reason: string, by: string | undefined): void => {
      // A rollback outranks a hold; the same word a second time changes nothing.
      if (this.stop?.mode === 'rollback' || this.stop?.mode === mode) return;
      this.stop = { mode, reason: by === undefined ? reason : `${reason} (${by})` };
      this.#note(`${mode === 'hold' ? 'abort' : 'rollback'} asked for: ${this.stop.reason}`);
      this.#scope.cancel();
    };
    setHandler(
      abortSignal,
      (input) =>
        stop(input?.mode === 'hold' ? 'hold' : 'rollback', input?.reason ?? 'no reason given', input?.by),
      { description: 'Stop now. mode hold: leave what is there; mode rollback: put the snapshot back.' },
    );
    setHandler(rollbackSignal, (input) => stop('rollback', input?.reason ?? 'no reason given', input?.by), {
      description: 'Stop now and put back what ran before.',
    });
  }

  #registerApproval(): void {
    setHandler(
      approveUpdate,
      ({ by }) => {
        if (this.#isAsked) this.#answer = { approved: true, by };
        else this.approvedBy = by;
        this.#note(`approved by ${by}`);
        return `approved by ${by}`;
      },
      {
        description: 'Approve the plan by its hash: {planHash, by}.',
        validator: (input) => {
          this.#requireWaiting();
          requireName(input?.by);
          if (input.planHash !== this.awaitingHash) {
            throw invalid('planHash', `this is not the plan that waits: its hash is ${this.awaitingHash}`);
          }
        },
      },
    );
    setHandler(
      rejectUpdate,
      ({ by, reason }) => {
        if (this.#isAsked) this.#answer = { approved: false, by };
        else this.rejection = { by, reason };
        this.#note(`rejected by ${by}: ${reason}`);
        return `rejected by ${by}`;
      },
      {
        description: 'Refuse the plan that waits for approval: {by, reason}.',
        validator: (input) => {
          this.#requireWaiting();
          requireName(input?.by);
        },
      },
    );
  }

  #requireWaiting(): void {
    if (this.awaitingHash === undefined) throw invalid('planHash', 'no plan waits for approval');
    if (this.#isAsked && this.#answer === undefined) return;
    if (this.#isAsked) throw invalid('planHash', `already answered by ${this.#answer?.by}`);
    if (this.approvedBy !== undefined) throw invalid('planHash', `already approved by ${this.approvedBy}`);
    if (this.rejection !== undefined) throw invalid('planHash', `already rejected by ${this.rejection.by}`);
  }

  #registerPause(): void {
    setHandler(
      pauseUpdate,
      ({ by }) => {
        this.pausedBy = by;
        this.#note(`paused by ${by}: the step in work is finished first`);
        return `paused by ${by}`;
      },
      {
        description: 'Hold before the next step until resume: {by}.',
        validator: (input) => {
          requireName(input?.by);
          if (this.pausedBy !== undefined) throw invalid('by', `already paused by ${this.pausedBy}`);
        },
      },
    );
    setHandler(
      resumeUpdate,
      ({ by }) => {
        this.pausedBy = undefined;
        this.resumedBy = by;
        this.#note(`resumed by ${by}`);
        return `resumed by ${by}`;
      },
      {
        description: 'Go on after pause: {by}.',
        validator: (input) => {
          requireName(input?.by);
          if (this.pausedBy === undefined) throw invalid('by', 'it is not paused');
        },
      },
    );
  }

  #registerParent(): void {
    setHandler(
      parentPausedSignal,
      ({ by }) => {
        // What a gate of its own waits for is no business of the parent.
        if (by === undefined && this.pausedBy === this.#parentPausedBy) this.pausedBy = undefined;
        if (by !== undefined) this.pausedBy ??= by;
        this.#parentPausedBy = by;
        this.#note(
          by === undefined ? 'what started this goes on' : `paused with what started this, by ${by}`,
        );
      },
      { description: 'From the procedure that started this: paused by somebody, or (without by) going on.' },
    );
  }

  #registerLease(): void {
    setHandler(
      leaseGrantedSignal,
      (grant) => {
        this.grant = grant;
      },
      { description: 'From the lease: the services are ours, with the fencing token of our writes.' },
    );
    setHandler(
      leasePreemptedSignal,
      ({ by }) => {
        this.preemptedBy ??= by;
        this.#note(`the lease is wanted by ${by}, which goes first: holding after the step in work`);
      },
      { description: 'From the lease: somebody with a higher priority wants our services.' },
    );
  }
}

function requireName(by: string | undefined): void {
  if (typeof by !== 'string' || by.trim() === '') throw invalid('by', 'say who: a name is needed');
}

const invalid = (path: string, message: string): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'InvalidInput',
    nonRetryable: true,
    message: `${path}: ${message}`,
    details: [{ errors: [{ path, message }] }],
  });
