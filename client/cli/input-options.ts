import { Option, type Command } from 'commander';

/** Options that make the input of a procedure; `run` and `plan` share them. */
export const withInput = (command: Command): Command =>
  command
    .option(
      '--set <service=replicas>',
      'replicas of a service in place of the catalog’s target; repeat it for more',
      (pair: string, all: string[] | undefined) => [...(all ?? []), pair],
    )
    .option('--input <json|@file|->', 'the whole input as one JSON object; flags go before it')
    .option('--requested-by <who>', 'who asks (default: $USER)')
    .option('--reason <text>', 'why; stands in the history')
    .option('--ready-timeout <time>', 'how long a new replica may take, for example 90s')
    .addOption(
      new Option('--to <where>', 'emergencyRollback: what to go back to').choices(['snapshot', 'single']),
    )
    .option('--procedure-id <id>', 'emergencyRollback: the procedure to roll back');
