import { execa } from 'execa';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Engine } from './engine.ts';
import { inspectAll, nameOf } from './observe.ts';

/** From nothing there is no replica to copy: Compose makes them from its file, and touches nothing else. */
export async function composeUp(
  engine: Engine,
  service: string,
  replicas: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const { composeFile, project } = engine.spec;
  if (composeFile === undefined) {
    throw new CrescendoError(
      'NotScalable',
      `${service} has no container to copy: name platform.composeFile in the catalog, or run \`docker compose up -d ${service}\` once`,
    );
  }
  const args = ['compose', '-f', composeFile, '-p', project, 'up', '-d', '--no-deps', '--no-recreate'];
  const ran = await execa('docker', [...args, '--scale', `${service}=${replicas}`, service], {
    reject: false,
    stdin: 'ignore',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (ran.failed) {
    const reason = ran.stderr.trim() || ran.shortMessage;
    throw new CrescendoError('NotScalable', `docker compose up ${service}: ${reason}`, { service });
  }
  return (await inspectAll(engine, [service], signal)).map(nameOf);
}
