import {
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { Catalog } from '../../domain/catalog.ts';
import { formatCount, formatMs } from '../../domain/format.ts';
import { defaultGate } from '../../domain/soak.ts';
import { validationRows, type ValidationRow } from '../../domain/validation.ts';
import type { ValidateScalingInput, ValidateScalingRequest } from '../contracts/validate-scaling.ts';
import type { validateScaling } from '../validate-scaling.ts';
import { perform } from './activities.ts';
import { looked } from './prove.ts';
import type { Run } from './run.ts';

/** The six checks, each as a step of the report, then everything judged at once. */
export async function validate(
  run: Run,
  catalog: Catalog,
  request: ValidateScalingRequest,
): Promise<ValidationRow[]> {
  const services = Object.keys(catalog.services);
  const { errorsOfMs, requests, messages, deliveryTimeoutMs, watchMs, everyMs, sampleMs } = request;
  run.enter('verifying');

  const errors = await looked(run, 'errors', `Errors in the logs of ${formatMs(errorsOfMs)}`, async () => {
    const input = { services, tail: 5_000, sinceMs: errorsOfMs };
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
      : await looked(run, 'spread', `Spread of ${requests} requests`, async () => {
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
      : await looked(run, 'end-to-end', `${formatCount(messages, 'message')} from end to end`, async () => {
          const input = { messages, timeoutMs: deliveryTimeoutMs };
          const value = await perform(
            'sendMessages',
            [input],
            'messages to their delivery',
            messages * deliveryTimeoutMs,
          );
          return { value, facts: [`${value.deliveredMs.length} of ${value.sent} delivered`] };
        });
  const gate = request.gate ?? defaultGate(catalog, services);
  const soak =
    watchMs === 0
      ? undefined
      : await looked(run, 'watch', `Watch the metrics for ${formatMs(watchMs)}`, async () => {
          const input = { gate, services, soakMs: watchMs, everyMs, sampleMs };
          const value = await perform('watchGate', [input], 'metrics watched', watchMs);
          return { value, facts: [`gate: ${value.verdict}`, ...value.reasons] };
        });
  const observation = await looked(run, 'observe', 'Services, groups and benchmarks', async () => {
    const value = await perform('observe', [{ sampleMs }], 'what runs now');
    return { value, facts: [`${formatCount(Object.keys(value.services).length, 'service')} read`] };
  });
  run.after = observation;
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
  // The parent has watched already.
  const input: ValidateScalingInput = { environment, requestedBy, trigger: 'procedure', reason, watchMs: 0 };
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
