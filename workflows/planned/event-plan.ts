import type { Catalog } from '../../domain/catalog.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { eventTimes, type EventTimes } from '../../domain/event.ts';
import { changedEvent, type WantedEvent } from '../../domain/event-change.ts';
import type { EventSchedule } from '../../domain/event-schedule.ts';
import { scheduleChanges } from '../../domain/plan-changes.ts';
import { withHash } from '../../domain/plan-hash.ts';
import { planPlanned, type PlannedPlanInput, type PlannedWave } from '../../domain/plan-planned.ts';
import type { Plan, PlanStep } from '../../domain/plan.ts';
import type { StepReport } from '../../domain/procedure.ts';
import { sortWaves } from '../../domain/waves.ts';
import type { PlannedChange, PlannedScalingRequest } from '../contracts/planned-scaling.ts';
import type { Seen } from '../engine/observe.ts';
import type { Run } from '../engine/run.ts';

/** What is planned for an event while it is carried out: which waves are left, and what becomes of a change. */
export class EventPlan {
  readonly run: Run;
  readonly request: PlannedScalingRequest;
  readonly catalog: Catalog;
  readonly #catalogHash: string;
  readonly #seen: Seen;
  #wanted: WantedEvent;
  /** Replicas that the waves so far have left. */
  #running: Record<string, number> = {};
  readonly #settled = new Set<string>();
  readonly #losses: Record<string, number> = {};
  /** What was approved, while a change of it is not. */
  #approved: Approved | undefined;
  /** Counts the plans, from 1; whoever waits looks at it. */
  version = 1;
  times: EventTimes;
  /** The wave that is carried out. */
  current: PlannedWave | undefined;
  /** The way down has begun: nothing can be changed any more. */
  closed = false;
  /** What the last plan has made was validated, where that was asked for. */
  isValidated = false;

  constructor(
    run: Run,
    request: PlannedScalingRequest,
    known: { catalog: Catalog; hash: string; seen: Seen },
  ) {
    this.run = run;
    this.request = request;
    this.catalog = known.catalog;
    this.#catalogHash = known.hash;
    this.#seen = known.seen;
    this.#wanted = { input: request.event, peaks: { ...request.peaks }, targets: { ...request.targets } };
    this.times = eventTimes(request.event, run.startedAtMs);
    run.timeZone = this.times.timeZone;
  }

  /** The plan of now. */
  make(nowMs: number): Plan {
    return planPlanned(this.#planInput(nowMs));
  }

  get schedule(): EventSchedule {
    const schedule = this.run.plan?.schedule;
    if (schedule === undefined) throw new Error('no schedule yet: a bug');
    return schedule;
  }

  /** What is written into the compose file beside the replicas; a field that was left out is not there. */
  get resources(): PlannedPlanInput['resources'] {
    return this.request.composeFile.resources as PlannedPlanInput['resources'];
  }

  get services(): string[] {
    return Object.keys(this.schedule.now);
  }

  /** Of the waves that are left: what has passed, what is due, what is to come. */
  left(nowMs: number): { skipped: PlannedWave[]; due: PlannedWave | undefined; toCome: PlannedWave[] } {
    const waves = this.schedule.waves.filter(({ id, skipped }) => skipped !== true && !this.#settled.has(id));
    return sortWaves(waves, nowMs);
  }

  settle({ id }: PlannedWave): void {
    this.#settled.add(id);
  }

  /** Counts how often a wave has lost its lease. */
  lose({ id }: PlannedWave): number {
    const count = (this.#losses[id] ?? 0) + 1;
    this.#losses[id] = count;
    return count;
  }

  ran(replicas: Readonly<Record<string, number>>): void {
    Object.assign(this.#running, replicas);
  }

  /**
   * What a change would make of it. Nothing is changed yet.
   * @throws CrescendoError InvalidInput with every error and its path
   */
  preview(change: PlannedChange, nowMs: number): Plan {
    if (this.closed)
      throw refused('(input)', 'the event is over and the way down has begun: nothing is left to change');
    const plan = this.#changed(change).plan(nowMs);
    if (plan.refusals.length === 0) return plan;
    const errors = plan.refusals.map(({ path, message, remedy }) => ({
      path,
      message: `${message}: ${remedy}`,
    }));
    const text = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new CrescendoError('InvalidInput', text, { errors });
  }

  /** Plans what is left anew. Returns old and new. */
  change(change: PlannedChange, nowMs: number): string[] {
    const before = this.schedule;
    const next = this.#changed(change);
    const plan = next.plan(nowMs);
    this.#keepApproved();
    this.#want(next.wanted);
    this.isValidated = false;
    this.#adopt(plan);
    return scheduleChanges(before, this.schedule);
  }

  /** An approval is of one plan: that of the change is another. */
  #keepApproved(): void {
    const { steering, plan, steps } = this.run;
    if (steering.approvedBy === undefined) return;
    const { isValidated } = this;
    this.#approved = { wanted: this.#wanted, plan, steps, isValidated, by: steering.approvedBy };
    steering.approvedBy = undefined;
  }

  agreed(): void {
    this.#approved = undefined;
  }

  /** A change that was not approved is as if it had never been. */
  takeBack(why: string): void {
    const { run } = this;
    const back = this.#approved;
    if (back === undefined) throw new Error('no plan was approved before the change: a bug');
    this.#want(back.wanted);
    this.isValidated = back.isValidated;
    run.plan = back.plan;
    // What was done meanwhile stays in the report.
    const fresh = run.steps.filter((step) => step.status !== 'pending' && !back.steps.includes(step));
    const next = back.steps.findIndex(({ status }) => status === 'pending');
    run.steps = back.steps.toSpliced(next < 0 ? back.steps.length : next, 0, ...fresh);
    run.steering.approvedBy = back.by;
    run.note(`the change was ${why}: the plan that ${back.by} approved goes on`);
    run.show();
  }

  #want(wanted: WantedEvent): void {
    this.#wanted = wanted;
    this.times = eventTimes(wanted.input, this.run.startedAtMs);
    this.run.timeZone = this.times.timeZone;
    this.version += 1;
  }

  /** What was done stays in the plan and in the report, what was to come is that of the new plan. */
  #adopt(plan: Plan): void {
    const { run } = this;
    const now = this.current === undefined ? undefined : `${this.current.id}-`;
    const stays = (id: string): boolean =>
      (now !== undefined && id.startsWith(now)) ||
      run.steps.some((step) => step.id === id && step.status !== 'pending' && step.status !== 'skipped');
    const done = (run.plan?.steps ?? []).filter(({ id }) => stays(id));
    const reports = run.steps.filter(({ id, status }) => status !== 'pending' || stays(id));
    const { hash: _hash, ...rest } = plan;
    run.plan = withHash({ ...rest, steps: [...done, ...plan.steps] });
    run.steps = [...reports, ...pendingReports(plan.steps)];
    run.show();
  }

  #changed(change: PlannedChange): { wanted: WantedEvent; plan: (nowMs: number) => Plan } {
    const wanted = changedEvent(this.#wanted, this.times, change);
    const plan = (nowMs: number): Plan =>
      planPlanned({
        ...this.#planInput(nowMs),
        peaks: wanted.peaks,
        targets: wanted.targets,
        event: eventTimes(wanted.input, this.run.startedAtMs),
        version: this.version + 1,
      });
    return { wanted, plan };
  }

  #planInput(nowMs: number): PlannedPlanInput {
    const { request, catalog } = this;
    const { scaleDown, delayMs, stableMs, stepMs } = request.afterEvent;
    return {
      catalog,
      catalogHash: this.#catalogHash,
      ...this.#seen,
      running: this.#running,
      event: this.times,
      nowMs,
      peaks: this.#wanted.peaks,
      targets: this.#wanted.targets,
      safetyFactor: request.safetyFactor,
      steps: request.steps,
      editFile: request.composeFile.edit,
      resources: this.resources,
      ...(scaleDown ? { scaleDown: { delayMs, stableMs, stepMs } } : {}),
      version: this.version,
    };
  }
}

interface Approved {
  wanted: WantedEvent;
  plan: Plan | undefined;
  steps: StepReport[];
  isValidated: boolean;
  by: string;
}

const pendingReports = (steps: readonly PlanStep[]): StepReport[] =>
  steps.map(({ id, title, service, atMs }) => ({
    id,
    title,
    service,
    status: 'pending',
    facts: [],
    ...(atMs === undefined ? {} : { dueAtMs: atMs }),
  }));

const refused = (path: string, message: string): CrescendoError =>
  new CrescendoError('InvalidInput', message, { errors: [{ path, message }] });
