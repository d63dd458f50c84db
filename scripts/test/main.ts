import { runChecks } from './checks.ts';
import { runTier } from './run-tier.ts';
import { holds, merge, verdict, type Tally } from './tally.ts';
import { tiers } from './tiers.ts';

/**
 * `npm test`: gets what is missing, then format, lint, types and every tier. `npm test TIER [FILTER...]` runs one tier,
 * of which the filters may pick files. Ends with `N passed, N failed`, and with exit code 1 when anything failed or
 * nothing ran.
 */
const [only, ...filters] = process.argv.slice(2);
const chosen = tiers.filter(({ name }) => only === undefined || name === only);
if (chosen.length === 0) {
  process.stderr.write(`unknown tier "${only}"; there are: ${tiers.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

const startedAtMs = Date.now();
const results: { name: string; tally: Tally; seconds: number }[] = [];
async function timed(name: string, work: () => Promise<Tally>): Promise<void> {
  process.stdout.write(`\n=== ${name}\n`);
  const sinceMs = Date.now();
  const tally = await work();
  results.push({ name, tally, seconds: (Date.now() - sinceMs) / 1_000 });
}

if ((only === undefined || only === 'static') && filters.length === 0) await timed('checks', runChecks);
for (const tier of chosen) await timed(tier.name, () => runTier(tier, filters));

const all = merge(results.map(({ tally }) => tally));
const lines = [
  '',
  ...results.map(
    ({ name, tally, seconds }) => `${name.padEnd(10)} ${seconds.toFixed(1).padStart(7)} s  ${verdict(tally)}`,
  ),
  `${'together'.padEnd(10)} ${((Date.now() - startedAtMs) / 1_000).toFixed(1).padStart(7)} s`,
  ...all.skipped.map(({ name, reason }) => `skipped: ${name} (${reason})`),
  ...(all.secondTry ?? []).map((name) => `passed at a second try: ${name}`),
  ...all.failed.map((name) => `failed: ${name}`),
  verdict(all),
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = holds(all) ? 0 : 1;
