import type { Observation } from './observation.ts';
import type { DowntimeReport } from './downtime.ts';
import type { ValidationRow } from './validation.ts';
import type { Outcome } from './outcome.ts';
import type { Note, Refusal } from './plan.ts';
import type { SoakReport } from './soak.ts';

export type Phase =
  | 'observing'
  | 'planned'
  | 'awaiting_approval'
  | 'awaiting_lease'
  | 'waiting'
  | 'checking'
  | 'executing'
  | 'soaking'
  | 'paused'
  | 'verifying'
  | 'undoing'
  | 'done';
export type StepStatus =
  'pending' | 'running' | 'done' | 'unchanged' | 'failed' | 'undone' | 'undo_failed' | 'skipped';

export interface StepReport {
  id: string;
  title: string;
  service: string;
  status: StepStatus;
  /** When it is due, of a step with a time. */
  dueAtMs?: number;
  startedAtMs?: number;
  endedAtMs?: number;
  /** Facts in the order they happened ("created chat4all-api-gateway-2", "group Stable with 3 members"). */
  facts: string[];
  /** Of a watched wait: what was seen in it. */
  soak?: SoakReport;
  error?: { type: string; message: string };
}

/** What `progress` answers; also the frame of the live view. */
export interface Progress {
  procedure: string;
  environment: string;
  phase: Phase;
  outcome?: Outcome;
  planHash?: string;
  finding?: string;
  steps: StepReport[];
  /** In which its times are written for people, where it is about a place; UTC when left out. */
  timeZone?: string;
  /** What it waits for, in a sentence, when it waits. */
  waitingFor?: string;
  /** Log of the run: time and sentence. */
  events: { atMs: number; text: string }[];
}

export interface Effectiveness {
  reached: boolean;
  waitedMs: number;
  /** One row for latency, errors and lag: before, after and what was expected. */
  rows: {
    metric: string;
    unit: string;
    before: number | null;
    after: number | null;
    expectedBelow: number;
    ok: boolean | null;
  }[];
}

export interface ProcedureResult {
  procedure: string;
  workflowId: string;
  environment: string;
  outcome: Outcome;
  /** Why it ended so, in a sentence. */
  reason: string;
  /** The error type behind it (domain/errors.ts), where one caused it. */
  code?: string;
  requestedBy: string;
  trigger: string;
  approvedBy?: string;
  planHash?: string;
  finding?: string;
  refusals: Refusal[];
  notes: Note[];
  steps: StepReport[];
  /** Replicas by service of the plan. */
  replicasBefore: Record<string, number>;
  replicasAfter: Record<string, number>;
  before?: Observation;
  after?: Observation;
  effectiveness?: Effectiveness;
  /** Post-scaling validation, where it was asked for. */
  validation?: ValidationRow[];
  /** Of a change of a database: what was measured meanwhile. */
  downtime?: DowntimeReport;
  /** What an undo could not put back. */
  leftOver: string[];
  startedAtMs: number;
  endedAtMs: number;
}

export interface LeaseRequest {
  holder: string;
  runId: string;
  procedure: string;
  services: string[];
  priority: number;
  /** How long a holder that is asked to make way for this may take; left out: what the lease gives everybody. */
  graceMs?: number;
}
export interface LeaseGrant {
  services: string[];
  fencingToken: number;
}
/** Who holds a set of services. `preemption` stands there once the holder was asked to leave. */
export interface HeldLease extends LeaseRequest {
  fencingToken: number;
  sinceMs: number;
  preemption?: { by: string; askedAtMs: number; revokeAtMs: number };
}
/** Who waits, in the order of arrival. */
export interface WaitingLease extends LeaseRequest {
  sinceMs: number;
}
/** State of the lease workflow of an environment: who holds what, who waits (rules: domain/lease-table.ts). */
export interface LeaseTable {
  held: HeldLease[];
  waiting: WaitingLease[];
  /** The highest token ever given; carried over continue-as-new so that none repeats. */
  lastFencingToken: number;
}
