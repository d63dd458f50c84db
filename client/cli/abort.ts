import { Option, type Command } from 'commander';
import { abortSignal } from '../../workflows/contracts.ts';
import { callOff } from '../not-begun.ts';
import type { ProcedureHandle } from '../start-procedure.ts';
import { whoAmI } from './input.ts';
import { withCatalog, withOutput, withServer } from './options.ts';
import { steer, type SteerOptions } from './steer.ts';

type AbortOptions = SteerOptions & { mode: 'hold' | 'rollback'; reason: string; by?: string };

/** `crescendo abort [ID] --mode hold|rollback --reason R`. Sent twice it does no harm. */
export const abortCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('abort'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .addOption(
      new Option('--mode <mode>', 'hold: leave what is there; rollback: put back what ran before')
        .choices(['hold', 'rollback'])
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why; stands in the history')
    .option('--by <who>', 'who stops it (default: $USER)')
    .description('stop a running procedure')
    .addHelpText('after', '\nExample:\n  $ crescendo abort --mode rollback --reason "wrong service"')
    .action((id: string | undefined, options: AbortOptions) =>
      steer(
        id,
        options,
        (handle) => stop(handle, options),
        (handle) => callItOff(handle, options),
      ),
    );
};

async function stop(handle: ProcedureHandle, { mode, reason, by = whoAmI() }: AbortOptions): Promise<string> {
  await handle.signal(abortSignal, { mode, reason, by });
  return `told to stop (${mode}); watch it: crescendo watch ${handle.workflowId}`;
}

async function callItOff(handle: ProcedureHandle, { reason, by = whoAmI() }: AbortOptions): Promise<string> {
  await callOff(handle, reason, by);
  return 'it had not begun: it is called off, and nothing was changed';
}
