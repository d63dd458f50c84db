import type { Command } from 'commander';
import { withTemporal } from '../connect.ts';
import { followToEnd } from './follow-to-end.ts';
import { procedureMeant } from './ids.ts';
import { withCatalog, withOutput, withServer } from './options.ts';
import type { SteerOptions } from './steer.ts';
import { tell } from './terminal.ts';
import { uiLink } from './ui-link.ts';

/** `crescendo watch [ID]`: shows a procedure to its end, with its exit code. */
export const watchCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('watch'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .description('show a procedure to its end; Ctrl-C leaves it running')
    .addHelpText('after', '\nExample:\n  $ crescendo watch crescendo-chat4all-emergency')
    .action((id: string | undefined, options: SteerOptions) =>
      withTemporal(options, async (link) => {
        const handle = await procedureMeant(link, id, options);
        tell(uiLink(link, { workflowId: handle.workflowId }, options.uiUrl));
        await followToEnd(link, handle, options);
      }),
    );
};
