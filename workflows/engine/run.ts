import {
  ApplicationFailure,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Catalog } from '../../domain/catalog.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Operation } from '../../domain/operation.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { Plan } from '../../domain/plan.ts';
import type { DowntimeReport } from '../../domain/downtime.ts';
import type { Effectiveness, Phase, Progress, StepReport } from '../../domain/procedure.ts';
import { servicesOf } from '../../domain/scales.ts';
import { beginsAtMemo, explainQuery, planQuery, progressQuery, searchAttributes } from '../contracts.ts';
import { perform } from './activities.ts';
import type { ValidationRow } from '../../domain/validation.ts';
import { detailsOf } from './details.ts';
import { Steering } from './steering.ts';

/** What every procedure was asked, whatever it does. */
export interface Request {
  environment: string;
  requestedBy: string;
  trigger: string;
  reason: string;
  dryRun: boolean;
  approval: 'none' | 'required';
  approvalTimeoutMs: number;
  leaseTimeoutMs: number;
  onFailure: 'rollback' | 'hold';
}

/** An operation that was begun, so that it can be undone: registered before it is applied. */
export interface Begun {
  stepId: string;
  operation: Operation;
}

const MAX_EVENTS = 200;

/** When it had something to do: of one that was started with a delay, after that; of one that was woken before, then. */
function startedAtMs(): number {
  const { startTime, memo } = workflowInfo();
  const begins = Number(memo?.[beginsAtMemo] ?? 0);
  return Math.max(startTime.getTime(), Math.min(begins, Date.now()));
}

const key = {
  environment: defineSearchAttributeKey(searchAttributes.environment.name, 'KEYWORD'),
  procedure: defineSearchAttributeKey(searchAttributes.procedure.name, 'KEYWORD'),
  phase: defineSearchAttributeKey(searchAttributes.phase.name, 'KEYWORD'),
  outcome: defineSearchAttributeKey(searchAttributes.outcome.name, 'KEYWORD'),
  trigger: defineSearchAttributeKey(searchAttributes.trigger.name, 'KEYWORD'),
  requestedBy: defineSearchAttributeKey(searchAttributes.requestedBy.name, 'KEYWORD'),
  services: defineSearchAttributeKey(searchAttributes.services.name, 'KEYWORD_LIST'),
};

/** The state of one running procedure: what it saw, planned and did, and how it can be watched. */
export class Run {
  readonly procedure: string;
  readonly request: Request;
  readonly steering: Steering;
  readonly startedAtMs = startedAtMs();
  phase: Phase = 'observing';
  plan: Plan | undefined;
  steps: StepReport[] = [];
  begun: Begun[] = [];
  before: Observation | undefined;
  after: Observation | undefined;
  effectiveness: Effectiveness | undefined;
  validation: ValidationRow[] | undefined;
  leaseAsked = false;
  leaseGrantedAtMs: number | undefined;
  outcome: Outcome | undefined;
  leftOver: string[] = [];
  /** Of a procedure that does not hold its lease all the time: what must be done before anything is undone. */
  beforeUndo: (() => Promise<void>) | undefined;
  downtime: DowntimeReport | undefined;
  /** What must be ended when the procedure has, however it does: after an undo, before the lease goes back. */
  beforeEnd: (() => Promise<void>) | undefined;
  waitingFor: string | undefined;
  timeZone: string | undefined;
  readonly events: Progress['events'] = [];

  constructor(procedure: string, request: Request) {
    this.procedure = procedure;
    this.request = request;
    this.steering = new Steering((text) => this.note(text));
    setHandler(progressQuery, () => this.progress(), {
      description: 'Phase, steps with facts, what it waits for.',
    });
    setHandler(planQuery, () => this.plan ?? null, { description: 'The plan with causes, checks and hash.' });
    setHandler(explainQuery, () => this.explain(), {
      description: 'Why each step is there, and why others are not.',
    });
    upsertSearchAttributes([
      { key: key.environment, value: request.environment },
      { key: key.procedure, value: procedure },
      { key: key.trigger, value: request.trigger },
      { key: key.requestedBy, value: request.requestedBy },
      { key: key.phase, value: this.phase },
    ]);
  }

  /** The catalog of this worker. A procedure for another environment has reached the wrong worker and is refused. */
  async loadCatalog(): Promise<{ catalog: Catalog; hash: string }> {
    const loaded = await perform('loadCatalog', [], 'the catalog');
    const { environment } = loaded.catalog;
    if (environment === this.request.environment) return loaded;
    const message = `environment: the workers of this task queue serve ${environment}`;
    throw ApplicationFailure.create({
      type: 'InvalidInput',
      nonRetryable: true,
      message,
      details: [{ errors: [{ path: 'environment', message }] }],
    });
  }

  /** Shows the phase to whoever looks: search attribute, current details, `progress`. */
  enter(phase: Phase): void {
    if (phase === this.phase) return;
    this.phase = phase;
    upsertSearchAttributes([{ key: key.phase, value: phase }]);
    this.show();
  }

  propose(plan: Plan): void {
    this.plan = plan;
    // What was looked at before stays; steps of a plan before this one were never begun.
    const before = this.steps.filter(({ startedAtMs }) => startedAtMs !== undefined);
    const planned = plan.steps.map(({ id, title, service, atMs }): StepReport => ({
      id,
      title,
      service,
      status: 'pending',
      facts: [],
      ...(atMs === undefined ? {} : { dueAtMs: atMs }),
    }));
    this.steps = [...before, ...planned];
    if (plan.steps.length > 0) {
      upsertSearchAttributes([{ key: key.services, value: servicesOf(plan.steps) }]);
    }
    this.note(plan.finding);
    this.enter('planned');
  }

  end(outcome: Outcome): void {
    this.outcome = outcome;
    this.phase = 'done';
    this.waitingFor = undefined;
    upsertSearchAttributes([
      { key: key.phase, value: 'done' },
      { key: key.outcome, value: outcome },
    ]);
    this.show();
  }

  note(text: string): void {
    this.events.push({ atMs: Date.now(), text });
    if (this.events.length > MAX_EVENTS) this.events.shift();
  }

  show(): void {
    setCurrentDetails(detailsOf(this.progress()));
  }

  progress(): Progress {
    return {
      procedure: this.procedure,
      environment: this.request.environment,
      phase: this.phase,
      steps: this.steps,
      events: this.events,
      ...(this.outcome === undefined ? {} : { outcome: this.outcome }),
      ...(this.plan === undefined ? {} : { planHash: this.plan.hash, finding: this.plan.finding }),
      ...(this.timeZone === undefined ? {} : { timeZone: this.timeZone }),
      ...(this.waitingFor === undefined ? {} : { waitingFor: this.waitingFor }),
    };
  }

  explain(): string[] {
    if (this.plan === undefined) return ['still observing: there is no plan yet'];
    return [
      this.plan.finding,
      ...this.plan.steps.flatMap((step) => step.causes.map((cause) => `${step.title}: ${cause.sentence}`)),
      ...this.plan.notes.map((note) => note.message),
      ...this.plan.refusals.map((refusal) => `${refusal.path}: ${refusal.message} ${refusal.remedy}`),
      ...(this.waitingFor === undefined ? [] : [`now waits for ${this.waitingFor}`]),
    ];
  }

  /** Identity of one operation: the procedure's execution and the step, never the attempt or the run. */
  operationId(stepId: string, index: number | string): string {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    return `${workflowId}/${firstExecutionRunId.slice(0, 8)}/${stepId}/${index}`;
  }
}
