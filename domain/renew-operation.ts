import type { ComposeFileOperation, ServiceFileEdit } from './compose-file-operation.ts';

/**
 * Put replicas that the compose file of now has made in the place of those that it has not, without a gap: new ones beside them, ready,
 * in the upstream, and only then the outdated ones drained and removed. Nothing where none is outdated.
 */
export interface RenewService {
  kind: 'renewService';
  service: string;
  /** Replicas when it is done. */
  replicas: number;
  /** How long connections of the balancer may stay open on a replica that goes. */
  drainMs: number;
  /** How long the new ones have to get ready. */
  timeoutMs: number;
  /** `undo`: nothing on the way there. The file is put back after what was done behind its edit, so only then can replicas follow it. */
  at: 'apply' | 'undo';
}

/**
 * An edit of the file with the replicas that follow it, there and back: undone newest first, the file has its bytes again before the
 * replicas are renewed by it.
 */
export function withRenewal(
  file: ComposeFileOperation,
  replicas: Readonly<Record<string, number>>,
  { drainMs, timeoutMs }: Pick<RenewService, 'drainMs' | 'timeoutMs'>,
): (ComposeFileOperation | RenewService)[] {
  const renewals = (at: RenewService['at']): RenewService[] =>
    Object.entries(replicas).map(([service, count]) => ({
      kind: 'renewService',
      service,
      replicas: count,
      drainMs,
      timeoutMs,
      at,
    }));
  return [...renewals('undo'), file, ...renewals('apply')];
}

/** As long as the drain and the start of a replica take elsewhere. */
const wayBack = { drainMs: 30_000, timeoutMs: 90_000 } as const;

/**
 * Services whose replicas the edits have made others than the file of before says: other resources, where a count changes nothing on what
 * runs. Sorted by name.
 */
export const renewedBy = (edits: readonly Readonly<Record<string, ServiceFileEdit>>[]): string[] => {
  const named = edits.flatMap((one) =>
    Object.entries(one).flatMap(([service, { limits, reservations }]) =>
      limits === undefined && reservations === undefined ? [] : [service],
    ),
  );
  return [...new Set(named)].toSorted();
};

/** To follow the file of before, once it is put back; `undo`: to follow the edited one again, should that come back. */
export const renewalsBack = (
  replicas: Readonly<Record<string, number>>,
  at: RenewService['at'],
): RenewService[] =>
  Object.entries(replicas)
    .filter(([, count]) => count > 0)
    .map(([service, count]) => ({ kind: 'renewService', service, replicas: count, ...wayBack, at }));
