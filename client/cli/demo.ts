import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../package-root.ts';
import { CliError } from './cli-error.ts';

/** `crescendo demo`: a spike on a small Chat4All, ended by emergencyScaling. Lives in the checkout. */
export const demoCommand = (program: Command): void => {
  program
    .command('demo')
    .argument('[arguments...]', 'handed on to the demo')
    .allowUnknownOption()
    .description('drive a real spike into a small Chat4All and let emergencyScaling end it')
    .addHelpText('after', '\nExample (in a checkout):\n  $ crescendo demo')
    .action(async (args: string[]) => {
      const script = join(packageRoot(), 'scripts', 'run.mjs');
      if (!existsSync(script)) {
        throw new CliError('the demo is in the checkout, not in the package', {
          todo: 'clone the repository, then: npm run demo',
        });
      }
      const { execa } = await import('execa');
      const { exitCode } = await execa(process.execPath, [script, 'demo', ...args], {
        stdio: 'inherit',
        reject: false,
      });
      process.exitCode = exitCode ?? 1;
    });
};
