import { Option, type Command } from 'commander';
import { withCatalog, withOutput, withServer } from './options.ts';
import { runProcedure, type RunOptions } from './run.ts';

type RepairOptions = RunOptions & { mode: string };

/** `crescendo repair [ID]`: what a terminated procedure left over; shown, undone or adopted. */
export const repairCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('repair'))))
    .argument('[id]', 'workflow id of the procedure that was cut off; left out: all whose marks are found')
    .addOption(
      new Option('--mode <what>', 'show it; undo it, back to what ran before; adopt it, what runs is right')
        .choices(['show', 'undo', 'adopt'])
        .default('show'),
    )
    .description('after a terminate, which cleans up nothing: show what is left over, undo or adopt it')
    .addHelpText(
      'after',
      '\nExamples:\n  $ crescendo repair\n  $ crescendo repair crescendo-chat4all-emergency --mode undo',
    )
    .action((id: string | undefined, { mode, ...options }: RepairOptions) =>
      runProcedure('repair', {
        ...options,
        field: [`mode=${mode}`, ...(id === undefined ? [] : [`procedureId=${id}`])],
      }),
    );
};
