import { formatCount } from './format.ts';
import { infrastructureOf } from './infrastructure.ts';
import type { Replica } from './observation.ts';
import { isSeen, unknownRow, type ValidationInput, type ValidationRow } from './validation-row.ts';

const check = '1. running and healthy';

/** Check 1 of the services that scale. A replica that has exited counts: somebody meant it to run. */
export const serviceRows = ({ catalog, observation }: ValidationInput): ValidationRow[] =>
  Object.values(catalog.services).map(({ name, replicas: { min } }) => {
    const row = { check, subject: name, expected: `${min} or more, all healthy` };
    if (!isSeen(observation)) return unknownRow(row, 'not seen', observation.notSeen);
    const seen = observation.services[name];
    if (seen === undefined) return unknownRow(row, 'not seen', 'nobody could say what runs');
    return { ...row, ...judged(seen.replicas, min) };
  });

/**
 * Check 1 of what they stand on, as `docker-compose ps` shows it. A container that has exited beside one that runs is not counted: the one
 * of before waits there while a database is changed.
 */
export const infrastructureRows = ({ catalog, observation }: ValidationInput): ValidationRow[] =>
  infrastructureOf(catalog).map((name) => {
    const row = { check, subject: name, expected: 'runs, healthy' };
    if (!isSeen(observation)) return unknownRow(row, 'not seen', observation.notSeen);
    const seen = observation.infrastructure?.[name];
    if (seen === undefined) return unknownRow(row, 'not seen', 'nobody could say what runs');
    const present = seen.filter(({ state }) => state !== 'exited');
    return { ...row, ...judged(present.length === 0 ? seen : present, 1) };
  });

const judged = (
  replicas: readonly Replica[],
  min: number,
): Pick<ValidationRow, 'measured' | 'verdict' | 'reason'> => {
  const ill = replicas.filter(
    ({ state, health }) => state !== 'running' || !['healthy', 'none'].includes(health),
  );
  const measured = `${formatCount(replicas.length, 'replica')}, ${replicas.length - ill.length} healthy`;
  if (ill.length > 0) return { measured, verdict: 'fail', reason: ill.map(illness).join('; ') };
  if (replicas.length < min) return { measured, verdict: 'fail', reason: `fewer than ${min}` };
  return { measured, verdict: 'pass' };
};

const illness = ({ name, state, health }: Replica): string =>
  state === 'running' ? `${name} is running, ${health}` : `${name} is ${state}`;
