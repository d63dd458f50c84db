import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseComposeFile } from '../../config/compose-file.ts';
import { draftCatalog } from '../../config/init.ts';
import { CliError } from './cli-error.ts';
import { print, tell } from './terminal.ts';

interface InitOptions {
  compose: string;
  project?: string;
  out?: string;
  force?: boolean;
}

/** `crescendo init --compose FILE`: a first catalog for a platform. */
export const initCommand = (program: Command): void => {
  program
    .command('init')
    .requiredOption('--compose <file>', 'compose file of the platform')
    .option(
      '--project <name>',
      'name of the Compose project (default: its `name`, else the folder of the file)',
    )
    .option('--out <file>', 'where to write it (default: stdout)')
    .option('--force', 'write over a file that is there')
    .description('draft a catalog from a compose file')
    .addHelpText(
      'after',
      '\nExample:\n  $ crescendo init --compose docker-compose.yml --out crescendo.yaml\n  $ crescendo doctor --catalog crescendo.yaml',
    )
    .action(init);
};

function init({ compose, project, out, force = false }: InitOptions): void {
  const file = out === undefined ? basename(compose) : relative(dirname(resolve(out)), resolve(compose));
  const text = readCompose(compose);
  const named = project ?? parseComposeFile(text, compose).project;
  const draft = draftCatalog(text, { project: named ?? basename(dirname(resolve(compose))), file });
  if (out === undefined) return print(draft);
  if (existsSync(out) && !force) {
    throw new CliError(`--out ${out}: is there already`, {
      exitCode: 2,
      todo: 'name another, or add --force',
    });
  }
  writeFileSync(out, draft);
  tell(`wrote ${out}: look at the lines that say "check:", then run: crescendo doctor --catalog ${out}`);
}

/** @throws CliError (exit 2) for a file that cannot be read. */
export function readCompose(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code ?? String(error)})`;
    throw new CliError(`--compose ${file}: ${why}`, { exitCode: 2 });
  }
}
