#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { exitCodes } from '../../domain/outcome.ts';
import { packageVersion } from '../package-root.ts';
import { commands } from './commands.ts';
import { isJson, type OutputOptions } from './options.ts';
import { reportError } from './report-error.ts';
import { helpLast, takeTemporalFlags } from './temporal-flags.ts';

/** `crescendo`, also found by the `temporal` CLI as `temporal crescendo` (bin temporal-crescendo). */
const program = new Command('crescendo')
  .description('Durable scaling runbooks on Temporal: scale in a traffic spike, prove it, and put it back.')
  .version(packageVersion())
  .exitOverride()
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  $ crescendo doctor                                  is everything in place?
  $ crescendo plan emergencyScaling                   what would be changed, and why
  $ crescendo run emergencyScaling                    scale now, and watch it
  $ crescendo abort --mode rollback --reason "..."    stop the running one and put it back

Exit codes: 0 done or nothing to do, 1 failed, 2 bad input, 3 rolled back, 4 partially rolled back,
5 held, 6 waits for approval, 7 a lease is held, 8 rejected.`,
  );
for (const register of commands) register(program);
takeTemporalFlags(program);
let forProgram = false;
program.hook('preAction', (_, command) => {
  forProgram = isJson({ output: command.opts<Partial<OutputOptions>>().output ?? 'text' });
});
// `crescendo history | head`: the reader has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await program.parseAsync(helpLast(process.argv.slice(2), program), { from: 'user' });
} catch (error) {
  // Commander has already said what was wrong, or shown the help that was asked for.
  process.exitCode =
    error instanceof CommanderError
      ? error.exitCode === 0
        ? 0
        : exitCodes.badInput
      : reportError(error, forProgram);
}
