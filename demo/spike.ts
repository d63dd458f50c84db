import type { Lab } from './lab.ts';
import { startLoad, type Load } from './load.ts';
import { until } from './processes.ts';
import { startTimeline, type Timeline } from './timeline.ts';

/** Requests a second: a normal day, and the spike (four times that). */
export const normalRatePerSecond = 15;
export const spikeRatePerSecond = 60;

const limits = { hurtP95Ms: 2_000, hurtLagMessages: 1_000, goodP95Ms: 500, goodLagMessages: 100 };
/** What is looked at together: over less, P95 jumps with single requests. */
const windowMs = 5_000;

/** What was measured from outside: by the load generator and from Kafka. */
export interface SpikeFacts {
  p95BeforeMs: number;
  p95PeakMs: number;
  p95AfterMs: number;
  errorRatePeak: number;
  errorRateAfter: number;
  lagPeakMessages: number;
  lagAfterMessages: number;
}

export interface Spike {
  readonly load: Load;
  readonly timeline: Timeline;
  spikeStartedAtMs: number;
  /** Waits until P95 is above 2 s and lag above 1000. */
  untilItHurts(): Promise<void>;
  /** Waits, while the spike goes on, until P95 is below 500 ms and lag below 100. */
  untilItIsOver(): Promise<void>;
  facts(): SpikeFacts;
  /** Sentences about what did not hold. */
  violations(): string[];
  stop(): Promise<void>;
}

/** Drives normal load, then the spike, which goes on until `stop`, into the lab's platform. */
export async function startSpike(lab: Lab, progress: (text: string) => void): Promise<Spike> {
  const { url, token, project, kafkaBrokers } = lab.stack;
  const timeline = await startTimeline({ project, kafkaBrokers });
  return driveSpike(await startLoad({ url, token, ratePerSecond: normalRatePerSecond }), timeline, progress);
}

/** The same with a load that is at its normal rate already, and whatever watches the platform. */
export async function driveSpike(
  load: Load,
  timeline: Timeline,
  progress: (text: string) => void,
): Promise<Spike> {
  progress(`normal load: ${normalRatePerSecond} requests a second`);
  await until('normal load is measured', () => load.samples().length >= 15, 60_000);

  const recent = () => load.summary(Date.now() - windowMs - 1_000, Date.now());
  const p95 = (): number => recent().p95Ms ?? 0;
  const lag = (): number => timeline.lag().at(-1)?.lagMessages ?? 0;
  const p95BeforeMs = p95();
  const spikeStartedAtMs = Date.now();
  await load.setRate(spikeRatePerSecond);
  progress(`the spike begins: ${spikeRatePerSecond} requests a second`);
  const ofSpike = () => load.samples().filter(({ atMs }) => atMs >= spikeStartedAtMs);

  const facts = (): SpikeFacts => ({
    p95BeforeMs,
    p95PeakMs: Math.max(0, ...ofSpike().map(({ p95Ms }) => p95Ms ?? 0)),
    p95AfterMs: p95(),
    errorRatePeak: Math.max(0, ...ofSpike().map(({ errorRate }) => errorRate ?? 0)),
    errorRateAfter: recent().errorRate ?? 1,
    lagPeakMessages: Math.max(0, ...timeline.lag().map(({ lagMessages }) => lagMessages)),
    lagAfterMessages: lag(),
  });

  return {
    load,
    timeline,
    spikeStartedAtMs,
    untilItHurts: async () => {
      await until(
        'the spike takes P95 above 2 s and lag above 1000',
        () => p95() > limits.hurtP95Ms && lag() > limits.hurtLagMessages,
        150_000,
      );
      progress(`it hurts: P95 ${Math.round(p95())} ms, lag ${lag()} messages`);
    },
    untilItIsOver: async () => {
      await until(
        'P95 is below 500 ms and lag below 100 while the spike goes on',
        () => p95() > 0 && p95() < limits.goodP95Ms && lag() < limits.goodLagMessages,
        150_000,
      ).catch((error: unknown) => progress(error instanceof Error ? error.message : String(error)));
      progress(`now: P95 ${Math.round(p95())} ms, lag ${lag()} messages, the spike goes on`);
    },
    facts,
    violations: () => violationsOf(facts()),
    stop: async () => {
      await load.stop();
      await timeline.stop();
    },
  };
}

function violationsOf(facts: SpikeFacts): string[] {
  const found: string[] = [];
  const must = (holds: boolean, sentence: string): void => {
    if (!holds) found.push(sentence);
  };
  must(facts.p95PeakMs > limits.hurtP95Ms, `the spike took P95 only to ${facts.p95PeakMs} ms`);
  must(facts.lagPeakMessages > limits.hurtLagMessages, `the spike took lag only to ${facts.lagPeakMessages}`);
  must(
    facts.p95AfterMs > 0 && facts.p95AfterMs < limits.goodP95Ms,
    `P95 is ${facts.p95AfterMs} ms after it, not below 500`,
  );
  must(
    facts.lagAfterMessages < limits.goodLagMessages,
    `lag is ${facts.lagAfterMessages} after it, not below 100`,
  );
  return found;
}
