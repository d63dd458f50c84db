import { canonicalJson } from './canonical-json.ts';
import type { Operation } from './operation.ts';
import type { Plan, PlanStep } from './plan.ts';
import { operationText } from './render.ts';
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

/**
 * Planned anew, is it still the same change? `null` when it is; otherwise a sentence for the operator. What was measured meanwhile, and the names of
 * copies that go by the time, may differ.
 */
export const changeDriftOf = (agreed: Plan, now: Plan): string | null => {
  if (now.refusals.length > 0)
    return `it would be refused by now: ${now.refusals.map(({ message }) => message).join('; ')}`;
  if (canonicalJson(changesOf(agreed)) === canonicalJson(changesOf(now))) return null;
  return `what there is to do is "${textOf(now)}" by now, and "${textOf(agreed)}" was agreed on`;
};

const operationsOf = ({ steps }: Plan): Operation[] => steps.flatMap(({ operations }) => operations);

const changesOf = (plan: Plan): object[] =>
  operationsOf(plan).map((operation) => ({ ...operation, backup: undefined }));

const textOf = (plan: Plan): string => operationsOf(plan).map(operationText).join('; ') || 'nothing';
