import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { RenewRequest, WriteContext } from '../platform.ts';
import { composeUp } from './compose-cli.ts';
import { docker } from './docker-cli.ts';
import { labels, type Engine } from './engine.ts';
import { refuseOldToken } from './fencing.ts';
import { inspectAll, nameOf, type Container } from './observe.ts';
import { obstaclesOf } from './obstacles.ts';

/**
 * Names of the replicas that the file of now has not made: Compose would make them again on its next `up`. It goes by a hash over the
 * definition, without the count, which stands in a label.
 */
export async function outdated(engine: Engine, service: string, signal?: AbortSignal): Promise<string[]> {
  const [found, hash] = await Promise.all([
    inspectAll(engine, [service], signal),
    hashOf(engine, service, signal),
  ]);
  return found.filter((container) => isOutdated(container, hash)).map(nameOf);
}

/**
 * Makes replicas by the file of now until `replicas` of them are there, beside the outdated ones, which stay as they are. Does nothing
 * where they are there. Gives the names of those that it made. Throws NotScalable where two cannot stand side by side.
 */
export async function renew(
  engine: Engine,
  { service, replicas }: RenewRequest,
  { fencingToken, signal }: WriteContext,
): Promise<string[]> {
  const [found, hash] = await Promise.all([
    inspectAll(engine, [service], signal),
    hashOf(engine, service, signal),
  ]);
  refuseOldToken(engine, service, found, fencingToken);
  const old = found.filter((container) => isOutdated(container, hash));
  const missing = replicas - (found.length - old.length);
  if (old.length === 0 || missing <= 0) return [];
  const [obstacle] = obstaclesOf(engine, service, found);
  if (obstacle !== undefined)
    throw new CrescendoError('NotScalable', `${obstacle.message}: ${obstacle.remedy}`, { ...obstacle });
  const before = new Set(found.map(nameOf));
  const names = await composeUp(engine, service, found.length + missing, signal);
  return names.filter((name) => !before.has(name));
}

const isOutdated = ({ Config }: Container, hash: string): boolean =>
  Config.Labels[labels.configHash] !== hash;

/** What Compose calls the definition of the service that stands in its file now, without the count. */
export async function hashOf({ spec }: Engine, service: string, signal?: AbortSignal): Promise<string> {
  const { composeFile, project } = spec;
  if (composeFile === undefined)
    throw new CrescendoError(
      'NotScalable',
      `${service} cannot be compared with its file: name platform.composeFile in the catalog`,
    );
  const where = ['compose', '-f', composeFile, '-p', project, '--profile', '*'];
  const ran = await docker([...where, 'config', '--hash', service], signal);
  const hash = ran.stdout.trim().split(/\s+/)[1];
  if (ran.ok && hash !== undefined) return hash;
  throw new CrescendoError('ComposeFileRejected', `docker compose config --hash ${service}: ${ran.reason}`);
}
