import type { Command } from 'commander';
import { loadCatalog } from '../../config/load.ts';
import type { InputError } from '../../domain/input-errors.ts';
import { checkChange } from '../check-input.ts';
import { procedureNamed } from '../procedures.ts';
import { badInput } from './cli-error.ts';
import { inputFlags, type InputFlag } from './input-flags.ts';
import { optionOf } from './input-options.ts';
import { fillIn, whoAmI } from './input.ts';
import { catalogPath, withCatalog, withOutput, withServer } from './options.ts';
import { steer, type SteerOptions } from './steer.ts';

type ChangeOptions = SteerOptions & { by?: string; reason?: string };

/** The flags of `run` that a change takes as well; of the event it gives the times, and not the name. */
const changeable = ['targets', 'peaks', 'event.start', 'event.end', 'event.lengthMs', 'event.timeZone'];
const changeFlags: readonly InputFlag[] = inputFlags
  .filter(({ field }) => changeable.includes(field))
  .map((flag) => ({ ...flag, field: flag.field.replace('event.', '') }));

/** `crescendo change [ID]`: a running procedure plans anew what is left. */
export const changeCommand = (program: Command): void => {
  const command = withServer(withCatalog(withOutput(program.command('change')))).argument(
    '[id]',
    'workflow id; left out: the one that runs',
  );
  for (const flag of changeFlags) command.addOption(optionOf(flag));
  command
    .option('--by <who>', 'who changes it (default: $USER)')
    .option('--reason <text>', 'why; stands in the history')
    .description('change times, peaks or targets of a running procedure: what is left is planned anew')
    .addHelpText(
      'after',
      `
Examples:
  $ crescendo change --start 2026-12-01T21:00:00+01:00 --reason "an hour later"
  $ crescendo change crescendo-chat4all-planned-tv-spot --set message-service=6 --peak api-gateway=8000/min`,
    )
    .action((id: string | undefined, options: ChangeOptions) =>
      steer(id, options, async (handle) => {
        const { catalog } = await loadCatalog(catalogPath(options));
        const procedure = procedureNamed((await handle.describe()).type);
        const change = checkChange(procedure, changeOf(options), catalog);
        return handle.executeUpdate<string, [unknown]>('change', { args: [change] });
      }),
    );
};

function changeOf(options: ChangeOptions): Record<string, unknown> {
  const { by = whoAmI(), reason } = options;
  const change: Record<string, unknown> = { by, ...(reason === undefined ? {} : { reason }) };
  const errors: InputError[] = [];
  fillIn(change, changeFlags, options, errors);
  if (errors.length > 0) throw badInput(errors);
  return change;
}
