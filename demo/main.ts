import { parseArgs } from 'node:util';
import { SetupError } from '../scripts/setup/index.ts';
import { down } from './stack.ts';
import { runStory } from './story.ts';

/**
 * `npm run demo`: a real platform, a real spike, and the procedure that ends it.
 * Progress goes to stderr; with `--output json` the last line of stdout is one JSON object.
 */
const { values } = parseArgs({
  options: {
    output: { type: 'string' },
    keep: { type: 'boolean', default: false },
    down: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run demo [-- --keep | --down | --output json]

  Brings up a small Chat4All, a Temporal dev server and a worker, drives a spike into it, and lets emergencyScaling end it.

  --keep         leave everything up at the end
  --down         take down what an earlier --keep left up
  --output json  no waiting at the end; the last line is one JSON object
`;

if (values.help) {
  process.stdout.write(help);
} else if (values.down) {
  await down({ progress: (text) => process.stderr.write(`${text}\n`) });
} else {
  try {
    const { line, violations } = await runStory({
      live: process.stderr.isTTY && values.output !== 'json',
      keep: values.keep,
      wait: process.stdin.isTTY && process.stdout.isTTY && values.output !== 'json' && !values.keep,
    });
    if (values.output === 'json') process.stdout.write(`${JSON.stringify(line)}\n`);
    for (const violation of violations) process.stderr.write(`does not hold: ${violation}\n`);
    process.exitCode = violations.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
