import {
  ActivityFailure,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { Catalog } from '../../domain/catalog.ts';
import { formatCount, formatMs } from '../../domain/format.ts';
import { defaultGate, type SoakReport } from '../../domain/soak.ts';
import { validationRows, type NotSeen, type ValidationRow } from '../../domain/validation.ts';
import type { ValidateScalingInput, ValidateScalingRequest } from '../contracts/validate-scaling.ts';
import type { validateScaling } from '../validate-scaling.ts';
import { perform } from './activities.ts';
import { describeFailure } from './ending.ts';
import { looked } from './prove.ts';
import type { Run } from './run.ts';

/** Of each replica's log; that it was not enough is said. */
const LOG_LINES = 5_000;
/** A lease, a look, a round trip: more than these lies between a soak and what belongs to it only when something else came between. */
const JUST_NOW_MS = 2 * 60_000;

/**
 * The six checks, each as a step of the report, then everything judged at once. A look that cannot be made leaves its own checks unknown and
 * the others standing.
 */
export async function validate(
  run: Run,
  catalog: Catalog,
  request: ValidateScalingRequest,
): Promise<ValidationRow[]> {
  const services = Object.keys(catalog.services);
  const { errorsOfMs, requests, messages, deliveryTimeoutMs, sampleMs } = request;
  run.enter('verifying');

  const errors = await tried(run, 'errors', `Errors in the logs of ${formatMs(errorsOfMs)}`, async () => {
    const input = { services, tail: LOG_LINES, sinceMs: errorsOfMs };
    const lines = await perform('scanLogs', [input], 'error, exception, fatal in the logs');
    return {
      value: lines,
      facts: lines
        .filter(({ count }) => count > 0)
        .map(({ service, count }) => `${service}: ${formatCount(count, 'line')}`),
    };
  });
  const balancer = catalog.loadBalancer;
  const spread =
    balancer === undefined
      ? undefined
      : await tried(run, 'spread', `Spread of ${requests} requests`, async () => {
          const input = { service: balancer.upstreamService, requests };
          const value = await perform('spreadRequests', [input], `${requests} requests through the balancer`);
          return {
            value,
            facts: Object.entries(value.answered).map(
              ([name, count]) => `${name} answered ${count ?? 'unknown'}`,
            ),
          };
        });
  const deliveries =
    catalog.endToEnd === undefined
      ? undefined
      : await tried(run, 'end-to-end', `${formatCount(messages, 'message')} from end to end`, async () => {
          const input = { messages, timeoutMs: deliveryTimeoutMs };
          const value = await perform(
            'sendMessages',
            [input],
            'messages to their delivery',
            messages * deliveryTimeoutMs,
          );
          return { value, facts: [`${value.deliveredMs.length} of ${value.sent} delivered`] };
        });
  const soak = await watched(run, catalog, request);
  const observation = await tried(run, 'observe', 'Services, groups and benchmarks', async () => {
    const value = await perform('observe', [{ sampleMs }], 'what runs now');
    run.after = value;
    return { value, facts: [`${formatCount(Object.keys(value.services).length, 'service')} read`] };
  });
  return validationRows({
    catalog,
    observation,
    errors,
    errorsOfMs,
    ...(spread === undefined ? {} : { spread }),
    ...(deliveries === undefined ? {} : { deliveries }),
    ...(soak === undefined ? {} : { soak }),
  });
}

/** The watched minutes: those that the parent has just watched, else its own. */
async function watched(
  run: Run,
  catalog: Catalog,
  request: ValidateScalingRequest,
): Promise<SoakReport | NotSeen | undefined> {
  const { watched: byParent, watchMs, everyMs, sampleMs } = request;
  if (byParent !== undefined) return byParent;
  if (watchMs === 0)
    return request.trigger === 'procedure' ? { notSeen: `not watched ${request.reason}` } : undefined;
  const services = Object.keys(catalog.services);
  const gate = request.gate ?? defaultGate(catalog, services);
  return tried(run, 'watch', `Watch the metrics for ${formatMs(watchMs)}`, async () => {
    const input = { gate, services, soakMs: watchMs, everyMs, sampleMs };
    const value = await perform('watchGate', [input], 'metrics watched', watchMs);
    return { value, facts: [`gate: ${value.verdict}`, ...value.reasons], soak: value };
  });
}

/** A look, or why it could not be made: an unset token or a platform that does not answer costs its own rows of the table only. */
async function tried<T>(
  run: Run,
  id: string,
  title: string,
  work: () => Promise<{ value: T; facts: readonly string[]; soak?: SoakReport }>,
): Promise<T | NotSeen> {
  try {
    return await looked(run, id, title, work);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    return { notSeen: describeFailure(error).message };
  }
}

/** The readings of the last soak of the parent, where it has only just ended: older ones say nothing of what runs now. */
function justWatched({ steps }: Run): Omit<SoakReport, 'courses'> | undefined {
  const last = steps.findLast(({ soak }) => soak !== undefined);
  if (last?.soak === undefined || last.endedAtMs === undefined) return undefined;
  // How it went meanwhile stands in the parent's own report.
  const { courses: _courses, ...judged } = last.soak;
  return Date.now() - last.endedAtMs <= JUST_NOW_MS ? judged : undefined;
}

/** The same as a child with a history of its own, for a procedure that has scaled. It never fails its parent: the table tells. */
export async function validateIfAsked(
  run: Run,
  {
    validate: asked,
    environment,
    requestedBy,
  }: { validate: boolean; environment: string; requestedBy: string },
): Promise<void> {
  if (!asked) return;
  const reason = `after ${run.procedure}`;
  const watchedBefore = justWatched(run);
  const input: ValidateScalingInput = {
    environment,
    requestedBy,
    trigger: 'procedure',
    reason,
    // Not once more: the parent still holds its lease.
    watchMs: 0,
    ...(watchedBefore === undefined ? {} : { watched: watchedBefore }),
  };
  try {
    const result = await executeChild<typeof validateScaling>('validateScaling', {
      workflowId: `${workflowInfo().workflowId}-validation`,
      args: [input],
      // It changes nothing, and nobody reads its table without the parent.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `Validation ${reason}`,
    });
    run.validation = result.validation ?? [];
    run.note(`validation: ${result.reason}`);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ChildWorkflowFailure)) throw error;
    run.note(`the validation could not be made: ${error.cause?.message ?? error.message}`);
  }
}
