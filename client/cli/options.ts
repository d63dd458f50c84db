import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { packageRoot } from '../package-root.ts';

/** Where Temporal is. What is left out comes from the envconfig profile or the TEMPORAL_* variables. */
export interface ServerOptions {
  address?: string;
  namespace?: string;
  profile?: string;
}

export interface CatalogOptions {
  catalog?: string;
}

export interface OutputOptions {
  output: 'text' | 'json' | 'jsonl';
  uiUrl?: string;
}

export const withServer = (command: Command): Command =>
  command
    .option(
      '--address <host:port>',
      'Temporal server (default: TEMPORAL_ADDRESS, the profile, localhost:7233)',
    )
    .option('--namespace <name>', 'Temporal namespace (default: TEMPORAL_NAMESPACE, the profile, default)')
    .option('--profile <name>', 'profile of temporal.toml, as with the temporal CLI');

export const withCatalog = (command: Command): Command =>
  command.option(
    '--catalog <file>',
    'catalog of the platform (default: $CRESCENDO_CATALOG, ./crescendo.yaml, the Chat4All catalog)',
  );

export const withOutput = (command: Command): Command =>
  command
    .addOption(
      new Option('-o, --output <format>', 'json: one JSON document on stdout; jsonl: each event before it')
        .choices(['text', 'json', 'jsonl'])
        .default('text'),
    )
    .option('--ui-url <url>', 'where the Temporal UI is (default: $CRESCENDO_UI_URL, http://localhost:8233)');

/** Stdout is for a program: everything for a person goes to stderr. */
export const isJson = ({ output }: Pick<OutputOptions, 'output'>): boolean => output !== 'text';

/** The catalog that counts when none is named: $CRESCENDO_CATALOG, ./crescendo.yaml, the packaged Chat4All. */
export function catalogPath({ catalog }: CatalogOptions): string {
  const named = catalog ?? process.env['CRESCENDO_CATALOG'];
  if (named !== undefined && named !== '') return named;
  return existsSync('crescendo.yaml') ? 'crescendo.yaml' : join(packageRoot(), 'config', 'chat4all.yaml');
}
