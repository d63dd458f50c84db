import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Benchmark, BenchResult } from './benchmark.ts';
import { median, round3 } from './measure.ts';
import { kafka } from './kafka.ts';
import { resizeDowntime } from './resize-downtime.ts';
import { scaleOut } from './scale-out.ts';
import { triage } from './triage.ts';

/**
 * `npm run -s bench -- NAME [--output json|text] [--rounds N]`: sets up what it needs, measures ours against the peer in
 * turns, and cleans up. Progress goes to stderr. Without a terminal the last line of stdout is one JSON object. Exit code 1 when
 * a bound does not hold.
 */
const benchmarks: Record<string, Benchmark> = {
  'scale-out': scaleOut,
  triage,
  kafka,
  'resize-downtime': resizeDowntime,
};
const fewestRounds = 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string' },
    rounds: { type: 'string', default: String(fewestRounds) },
    help: { type: 'boolean', default: false },
  },
});
const [name = ''] = positionals;
const rounds = Number(values.rounds);
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (values.help || benchmark === undefined || !Number.isInteger(rounds) || rounds < fewestRounds) {
  process.stderr.write(`${usage()}\n`);
  process.exit(values.help ? 0 : 2);
}

const startedAtMs = Date.now();
const seconds = (): number => Math.round((Date.now() - startedAtMs) / 100) / 10;
const progress = (text: string): void => {
  process.stderr.write(`${seconds().toFixed(1).padStart(6)}s ${text}\n`);
};
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stopping.abort(new Error(`ended by ${signal}`)));

const json = values.output === 'json' || (values.output === undefined && !process.stdout.isTTY);
try {
  report(await benchmark.run({ rounds, progress, signal: stopping.signal }));
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  progress(`could not be measured: ${reason}`);
  if (json) writeLine({ outcome: 'failed', error: reason });
  process.exitCode = 1;
}

function report(result: BenchResult): void {
  const broken = result.bounds.filter(({ value, atMost }) => !(value <= atMost));
  const outcome = broken.length === 0 ? 'completed' : 'failed';
  if (json) writeLine({ outcome, rounds: result.rounds, ...result.figures });
  else process.stdout.write(`${tableOf(result)}\n`);
  for (const { field, value, atMost } of broken)
    progress(`does not hold: ${field} is ${round3(value)}, at most ${atMost}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}

function writeLine({ outcome, ...fields }: { outcome: string; [field: string]: unknown }): void {
  process.stdout.write(`${JSON.stringify({ name, outcome, seconds: seconds(), ...fields })}\n`);
}

function usage(): string {
  return [
    `npm run -s bench -- NAME [--rounds N (at least ${fewestRounds})] [--output json|text]`,
    '',
    ...Object.entries(benchmarks).map(([key, { title }]) => `  ${key.padEnd(16)} ${title}`),
  ].join('\n');
}

function tableOf({ measured, bounds }: BenchResult): string {
  const table = new Table({
    head: ['', 'median ms', ...Array.from({ length: rounds }, (_, at) => `${at + 1}`)],
  });
  for (const [way, ms] of Object.entries(measured))
    table.push([way, median(ms).toFixed(0), ...ms.map((one) => one.toFixed(0))]);
  const verdicts = bounds.map(
    ({ field, value, atMost }) =>
      `${value <= atMost ? '✓' : '✗'} ${field} ${round3(value)} (at most ${atMost})`,
  );
  return [table.toString(), ...verdicts].join('\n');
}
