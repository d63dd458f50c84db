import { ApplicationFailure, CancellationScope, condition } from '@temporalio/workflow';
import { formatMs } from '../../domain/format.ts';
import type { Gate } from '../../domain/gates.ts';
import { formatLocal } from '../../domain/local-time.ts';
import type { StepReport } from '../../domain/procedure.ts';
import type { SoakReport } from '../../domain/soak.ts';
import { perform } from './activities.ts';
import { holdIfPreempted } from './lease.ts';
import type { Run } from './run.ts';
import { addFacts, waitWhilePaused } from './steps.ts';

export interface SoakOptions {
  /** Of its step in the report; unique in the procedure. */
  id: string;
  title: string;
  services: readonly string[];
  gate: Gate;
  soakMs: number;
  /** From one look to the next. */
  everyMs: number;
  /** How long rates and P95 are measured in one look. */
  sampleMs: number;
}

/**
 * A watched wait with a step of its own. Passes when the gate does; when it is inconclusive a person decides (`resume`
 * promotes it, `abort` does not).
 * @throws ApplicationFailure `GateFailed` at the first regression, with the SoakReport in the details.
 */
export async function soak(run: Run, options: SoakOptions): Promise<SoakReport> {
  await waitWhilePaused(run);
  holdIfPreempted(run);
  const report = openReport(run, options);
  run.enter('soaking');
  const untilMs = Date.now() + options.soakMs;
  const until = formatLocal(untilMs, run.timeZone ?? 'UTC');
  run.waitingFor = `the end of the soak "${options.title}" at ${until} (${formatMs(options.soakMs)})`;
  run.show();
  try {
    const seen = await watch(run, options);
    report.soak = seen;
    addFacts(run, report, factsOf(seen));
    if (seen.verdict === 'fail') throw gateFailed(options, seen);
    if (seen.verdict === 'inconclusive') await promotion(run, report, seen);
    report.status = 'done';
    return seen;
  } catch (error) {
    report.status = 'failed';
    throw error;
  } finally {
    run.waitingFor = undefined;
    report.endedAtMs = Date.now();
    run.show();
  }
}

/** Ends early when somebody with a higher priority wants the lease: a soak is a safe point. */
async function watch(run: Run, options: SoakOptions): Promise<SoakReport> {
  const { title, gate, services, soakMs, everyMs, sampleMs } = options;
  const input = { gate, services: [...services], soakMs, everyMs, sampleMs };
  const scope = new CancellationScope();
  const watched = scope.run(() => perform('watchGate', [input], title, soakMs));
  const asking = new CancellationScope();
  const preempted = asking.run(() => condition(() => run.steering.preemptedBy !== undefined));
  const seen = await Promise.race([watched, preempted.then(() => undefined)]);
  asking.cancel();
  if (seen !== undefined) return seen;
  scope.cancel();
  await watched.catch(() => undefined);
  holdIfPreempted(run);
  throw new Error('a lease that nobody wants ended a soak: a bug');
}

/** Too little was known: a person looks and decides. */
async function promotion(run: Run, report: StepReport, seen: SoakReport): Promise<void> {
  run.enter('paused');
  run.waitingFor = `resume (promotes "${report.title}") or abort: inconclusive, ${seen.reasons.join('; ')}`;
  run.show();
  const by = await run.steering.untilResumed(`the gate of "${report.title}"`);
  addFacts(run, report, [`promoted by ${by}`]);
}

const factsOf = ({ verdict, reasons, notes, samples, watchedMs }: SoakReport): string[] => [
  `gate: ${verdict} after ${formatMs(watchedMs)}, ${samples} looks`,
  ...reasons,
  ...notes,
];

const gateFailed = ({ title }: SoakOptions, seen: SoakReport): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'GateFailed',
    nonRetryable: true,
    message: `${title}: ${seen.reasons.join('; ')}`,
    details: [seen],
  });

function openReport(run: Run, { id, title, services }: SoakOptions): StepReport {
  const [service = 'platform', ...more] = services;
  const report: StepReport = {
    id,
    title,
    service: more.length === 0 ? service : 'platform',
    status: 'running',
    startedAtMs: Date.now(),
    facts: [],
  };
  const next = run.steps.findIndex(({ status }) => status === 'pending');
  run.steps.splice(next < 0 ? run.steps.length : next, 0, report);
  return report;
}
