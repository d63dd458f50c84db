import type { Operation } from './operation.ts';
import type { Plan } from './plan.ts';

/** One execution of a procedure, as the list of an environment has it. */
export interface PastProcedure {
  procedureId: string;
  runId: string;
  procedure: string;
  /** `ended`: by itself, so that what it left is meant; `cut-off`: terminated, timed out or failed, and nothing was cleaned up. */
  state: 'running' | 'ended' | 'cut-off';
  outcome: string;
  /** Services that it changed, or meant to. */
  services: readonly string[];
  startedAtMs: number;
  endedAtMs?: number;
  /** Of a repair or an emergency rollback: the procedure that it was about. */
  about?: { procedureId: string; mode?: string };
}

/** Whether what this one left has been put right since, by a repair or a rollback that was about it. */
export const isSettled = (left: PastProcedure, all: readonly PastProcedure[]): boolean =>
  all.some(
    ({ about, outcome, ...since }) =>
      about?.procedureId === left.procedureId &&
      isAfter(since, left) &&
      (outcome === 'completed' || (about.mode === 'adopt' && outcome === 'no_change')),
  );

/** Services of it that another procedure has changed well since: what stands there now is meant. */
export const changedSince = (left: PastProcedure, all: readonly PastProcedure[]): string[] => [
  ...new Set(
    all
      .filter((one) => one.state === 'ended' && one.outcome === 'completed' && isAfter(one, left))
      .flatMap(({ services }) => services),
  ),
];

const isAfter = (one: Pick<PastProcedure, 'startedAtMs'>, left: PastProcedure): boolean =>
  left.endedAtMs !== undefined && one.startedAtMs >= left.endedAtMs;

/** Kinds that a repair looks for on the platform itself, or that leave nothing to undo. */
const seenElsewhere: readonly Operation['kind'][] = [
  'scaleService',
  'reloadUpstream',
  'drainReplicas',
  'renewService',
  'editComposeFile',
  'restoreComposeFile',
  'restartReplica',
  'awaitReplicas',
  'keepPartitions',
];

/**
 * What a plan changed beside counts, the balancer and edits of the file, in its order: databases, added services, brokers.
 * @param begunIds identities of the operations that were begun: `…/STEP/INDEX`
 */
export const begunBeside = (plan: Plan | null, begunIds: readonly string[]): Operation[] =>
  (plan?.steps ?? []).flatMap(({ id, operations }) =>
    operations.filter(
      (operation, index) =>
        !seenElsewhere.includes(operation.kind) &&
        begunIds.some((begun) => begun.endsWith(`/${id}/${index}`)),
    ),
  );
