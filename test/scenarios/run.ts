import { parseArgs } from 'node:util';
import { openLab } from '../../demo/lab.ts';
import { scenarios, type ScenarioName } from './index.ts';

/**
 * `npm run -s scenario -- NAME`: runs one scenario on the real demo stack. Progress goes to stderr, the measured facts
 * are the last line of stdout as one JSON object; exit code 1 when what it shows does not hold.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name = '', ...parts] = positionals;

if (values.help || !(name in scenarios)) {
  const text = [
    'npm run -s scenario -- NAME [PART...] [--rounds N] [--seed N] [--output json|text] [--keep]',
    '',
    ...Object.entries(scenarios).map(([key, { title }]) => `  ${key.padEnd(14)} ${title}`),
  ].join('\n');
  process.stderr.write(`${text}\n`);
  process.exit(values.help ? 0 : 2);
}

const json = values.output === 'json' || (values.output === undefined && !process.stdout.isTTY);
const startedAtMs = Date.now();
const progress = (text: string): void => {
  const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds}s ${text}\n`);
};

const lab = await openLab({ progress });
try {
  const scenario = scenarios[name as ScenarioName];
  const { outcome, violations, facts } = await scenario.run(lab, {
    progress,
    rounds: Number(values.rounds ?? 10),
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    ...(parts.length === 0 ? {} : { only: parts }),
  });
  const seconds = Math.round((Date.now() - startedAtMs) / 100) / 10;
  const line = { name, outcome, seconds, ...facts, violations: violations.length, violated: violations };
  for (const violation of violations) progress(`does not hold: ${violation}`);
  process.stdout.write(json ? `${JSON.stringify(line)}\n` : `${JSON.stringify(line, null, 2)}\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
} finally {
  await lab.close({ keep: values.keep });
}
