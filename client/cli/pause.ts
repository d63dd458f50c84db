import type { Command } from 'commander';
import { pauseUpdate, resumeUpdate } from '../../workflows/contracts.ts';
import { whoAmI } from './input.ts';
import { withCatalog, withOutput, withServer } from './options.ts';
import { steer, type SteerOptions } from './steer.ts';

type PauseOptions = SteerOptions & { by?: string; reason?: string };

/** `crescendo pause [ID]`: the step in work is finished, the next one waits. */
export const pauseCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('pause'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .option('--by <who>', 'who pauses it (default: $USER)')
    .option('--reason <text>', 'why')
    .description('hold before the next step')
    .addHelpText('after', '\nExample:\n  $ crescendo pause --reason "let me look at the database first"')
    .action((id: string | undefined, options: PauseOptions) =>
      steer(id, options, (handle) =>
        handle.executeUpdate(pauseUpdate, {
          args: [
            {
              by: options.by ?? whoAmI(),
              ...(options.reason === undefined ? {} : { reason: options.reason }),
            },
          ],
        }),
      ),
    );
};

/** `crescendo resume [ID]`: go on after a pause. */
export const resumeCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('resume'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .option('--by <who>', 'who resumes it (default: $USER)')
    .description('go on after a pause')
    .addHelpText('after', '\nExample:\n  $ crescendo resume')
    .action((id: string | undefined, options: PauseOptions) =>
      steer(id, options, (handle) =>
        handle.executeUpdate(resumeUpdate, { args: [{ by: options.by ?? whoAmI() }] }),
      ),
    );
};
