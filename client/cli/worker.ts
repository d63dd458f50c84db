import type { Command } from 'commander';
import { withTemporal } from '../connect.ts';
import { catalogPath, withCatalog, withServer, type CatalogOptions, type ServerOptions } from './options.ts';

/** `crescendo worker`: runs procedures for the catalog's environment until SIGTERM or Ctrl-C. */
export const workerCommand = (program: Command): void => {
  withServer(withCatalog(program.command('worker')))
    .description('run a worker near the platform; stateless, run as many as you like')
    .addHelpText(
      'after',
      '\nExample:\n  $ crescendo worker --catalog crescendo.yaml --address localhost:7233',
    )
    .action(runUntilStopped);
};

async function runUntilStopped(options: CatalogOptions & ServerOptions): Promise<void> {
  const stop = new AbortController();
  const ask = (): void => {
    process.stderr.write('stopping: steps in work get 20 s\n');
    stop.abort();
  };
  process.once('SIGTERM', ask).once('SIGINT', ask);
  const path = catalogPath(options);
  // Says at once that no server answers, and what to do, before the heavy part is loaded.
  await withTemporal(options, () => Promise.resolve());
  const { runWorker } = await import('../../workers/main.ts');
  const { address, namespace, profile } = options;
  await runWorker({
    catalogPath: path,
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(profile === undefined ? {} : { profile }),
    signal: stop.signal,
    onReady: () => process.stderr.write(`worker ready (${path})\n`),
  });
}
