import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { BenchEnd, BenchOptions } from './measure.ts';
import { scaleOut } from './scale-out.ts';
import { triage } from './triage.ts';

/**
 * `npm run -s bench -- NAME`: ours and the peer interleaved in one run. Progress goes to stderr, the medians and their
 * ratio are the last line of stdout as one JSON object; exit code 1 when what it shows does not hold.
 */
const benches: Record<string, { title: string; run: (options: BenchOptions) => Promise<BenchEnd> }> = {
  'scale-out': {
    title: '1 to 10 replicas until healthy: ours, docker compose, bare Engine calls',
    run: scaleOut,
  },
  triage: {
    title: "the runbook's 1.1 over 20 containers: ours cold, docker compose ps and docker stats",
    run: triage,
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
const name = positionals[0] ?? '';
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
const rounds = Number(values.rounds);

if (values.help || bench === undefined || !Number.isInteger(rounds) || rounds < 1) {
  const names = Object.entries(benches).map(([key, { title }]) => `  ${key.padEnd(10)} ${title}`);
  process.stderr.write(
    ['npm run -s bench -- NAME [--rounds N] [--output json|text]', '', ...names, ''].join('\n'),
  );
  process.exit(values.help ? 0 : 2);
}

const startedAtMs = Date.now();
const progress = (text: string): void => {
  process.stderr.write(`${((Date.now() - startedAtMs) / 1_000).toFixed(1).padStart(6)}s ${text}\n`);
};
const { holds, facts } = await bench.run({ rounds, progress });
const seconds = Math.round((Date.now() - startedAtMs) / 100) / 10;
const line = { name, outcome: holds ? 'completed' : 'failed', seconds, ...facts };
if (values.output === 'json' || (values.output === undefined && !process.stdout.isTTY)) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
} else {
  const table = new Table({ head: ['', name] });
  table.push(...Object.entries(line).map(([key, value]) => ({ [key]: String(value) })));
  process.stdout.write(`${table.toString()}\n`);
}
process.exitCode = holds ? 0 : 1;
