import type { PlanStep } from './plan.ts';
import { scalesOf } from './scales.ts';

/**
 * Is the world still what the plan saw? `null` when it is, or when the step is done already (a retry after a crash);
 * otherwise a sentence for the operator.
 * @param replicasNow replicas that exist, by service; a service that is not in it was not seen, which is drift too
 */
export const driftOf = (
  step: Pick<PlanStep, 'operations'>,
  replicasNow: Readonly<Record<string, number>>,
): string | null => {
  const sentences = scalesOf([step]).flatMap(({ service, from, to }) => {
    const now = replicasNow[service];
    if (now === undefined) return [`${service} could not be seen: the plan expected ${from} replicas`];
    if (now === from || now === to) return [];
    return [`${service} has ${now} replicas, but the plan saw ${from} and wants ${to}`];
  });
  return sentences.length === 0 ? null : sentences.join('; ');
};
