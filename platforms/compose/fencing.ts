import { CrescendoError } from '../../domain/crescendo-error.ts';
import { labels, type Engine } from './engine.ts';
import type { Container } from './observe.ts';

/**
 * An attempt of a holder that has lost the lease since must not write: its token is lower than one on a container of
 * the service or one that this process has seen. @throws StaleFencingToken
 */
export function refuseOldToken(
  engine: Engine,
  service: string,
  containers: readonly Container[],
  token: number,
): void {
  const written = containers.map(({ Config }) => Number(Config.Labels[labels.fencingToken] ?? 0));
  const highest = Math.max(engine.seenTokens.get(service) ?? 0, ...written);
  engine.seenTokens.set(service, Math.max(token, highest));
  if (token >= highest) return;
  throw new CrescendoError('StaleFencingToken', `${service}: token ${token} is older than ${highest}`, {
    service,
    token,
    highest,
  });
}
