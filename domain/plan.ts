import type { EventForecast } from './event-forecast.ts';
import type { EventSchedule } from './event-schedule.ts';
import type { PlannedDowntime } from './downtime.ts';
import type { Check, Operation } from './operation.ts';

/** Why a step is there: the rule that fired, what was measured, and a sentence a person reads. */
export interface Cause {
  rule: string;
  value?: number;
  threshold?: number;
  sentence: string;
}

export interface PlanStep {
  /** Stable within the plan; part of the idempotency key of its operations. */
  id: string;
  title: string;
  /** The service that the step changes, and whose lease it needs. */
  service: string;
  causes: Cause[];
  operations: Operation[];
  checks: Check[];
  undoable: boolean;
  /** When it is due; at once when left out. Steps of the same time are carried out side by side. */
  atMs?: number;
}

/** A reason why the plan cannot be carried out; a plan with one is refused before anything is changed. */
export interface Refusal {
  rule: string;
  /** Path of the field or service at fault, e.g. `services.api-gateway.replicas`. */
  path: string;
  message: string;
  /** What to change so that it can work. */
  remedy: string;
}

/** Something worth knowing that does not stop the plan (a target capped by partitions, a reading unknown). */
export interface Note {
  rule: string;
  message: string;
}

export interface Plan {
  procedure: string;
  environment: string;
  /** Hash of the catalog it was made from. A catalog that changed in between is drift. */
  catalogHash: string;
  /** When the observation behind it was made. */
  observedAtMs: number;
  /** One sentence: what was found (e.g. the bottleneck). */
  finding: string;
  steps: PlanStep[];
  refusals: Refusal[];
  notes: Note[];
  /** Of a plan that stops a database: what an approver agrees to. */
  downtime?: PlannedDowntime;
  /** Of a plan for an event: when what happens. */
  schedule?: EventSchedule;
  /** Of a plan for an event: what it takes from the hosts and costs. */
  forecast?: EventForecast;
  /** SHA-256 over everything above except `observedAtMs` and `forecast`: what an approver approves. */
  hash: string;
}
