import type { Command } from 'commander';
import { approveUpdate, rejectUpdate } from '../../workflows/contracts.ts';
import { whoAmI } from './input.ts';
import { withCatalog, withOutput, withServer } from './options.ts';
import { steer, type SteerOptions } from './steer.ts';

/** `crescendo approve [ID] --hash H`: the plan with this hash may be carried out. */
export const approveCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('approve'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .requiredOption('--hash <hash>', 'hash of the plan, as `crescendo plan` and `run` print it')
    .option('--by <who>', 'who approves (default: $USER)')
    .description('approve the plan that waits, by its hash')
    .addHelpText('after', '\nExample:\n  $ crescendo approve crescendo-chat4all-emergency --hash 3f2a…')
    .action((id: string | undefined, options: SteerOptions & { hash: string; by?: string }) =>
      steer(id, options, (handle) =>
        handle.executeUpdate(approveUpdate, {
          args: [{ planHash: options.hash, by: options.by ?? whoAmI() }],
        }),
      ),
    );
};

/** `crescendo reject [ID] --reason R`: the plan that waits is refused. */
export const rejectCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('reject'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .requiredOption('--reason <text>', 'why; stands in the history')
    .option('--by <who>', 'who rejects (default: $USER)')
    .description('refuse the plan that waits; nothing is changed')
    .addHelpText('after', '\nExample:\n  $ crescendo reject --reason "the spike is over"')
    .action((id: string | undefined, options: SteerOptions & { reason: string; by?: string }) =>
      steer(id, options, (handle) =>
        handle.executeUpdate(rejectUpdate, {
          args: [{ by: options.by ?? whoAmI(), reason: options.reason }],
        }),
      ),
    );
};
