import { docker } from './docker-cli.ts';
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
  const ran = await docker([...args, '--scale', `${service}=${replicas}`, service], signal);
  if (!ran.ok)
    throw new CrescendoError('NotScalable', `docker compose up ${service}: ${ran.reason}`, { service });
  return (await inspectAll(engine, [service], signal)).map(nameOf);
}
