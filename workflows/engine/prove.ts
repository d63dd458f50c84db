import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { StepReport } from '../../domain/procedure.ts';
import type { SoakReport } from '../../domain/soak.ts';
import type { EmergencyRollbackRequest } from '../contracts.ts';
import { perform } from './activities.ts';
import { describeFailure } from './ending.ts';
import type { Run } from './run.ts';
import { addFacts } from './steps.ts';

/** Rollback 3 to 5: every service healthy, one request through the front door, and what the logs say of the cause. */
export async function provePlatform(
  run: Run,
  snapshot: Record<string, number>,
  request: EmergencyRollbackRequest,
): Promise<void> {
  run.enter('verifying');
  const services = Object.keys(snapshot);
  const timeoutMs = request.readyTimeoutMs;
  await proved(run, 'health', 'Check health', async () => {
    const waits = Object.entries(snapshot).map(([service, replicas]) =>
      perform(
        'waitForReplicas',
        [{ service, replicas, timeoutMs }],
        `${service}: ${replicas} healthy`,
        timeoutMs,
      ),
    );
    return (await Promise.all(waits)).flatMap(({ facts }) => facts);
  });
  await proved(run, 'function', 'Verify functionality', async () => {
    return (await perform('checkFunction', [], 'one request through the front door')).facts;
  });
  await proved(run, 'root-cause', 'Investigate root cause', async () => {
    const input = { services, sinceMs: request.rootCauseMs };
    return (await perform('excerptErrors', [input], 'errors and exceptions, grouped')).facts;
  });
}

/** A look as a step of the report. Gives what was seen. */
export async function looked<T>(
  run: Run,
  id: string,
  title: string,
  work: () => Promise<{ value: T; facts: readonly string[]; soak?: SoakReport }>,
): Promise<T> {
  const report: StepReport = {
    id,
    title,
    service: 'platform',
    status: 'running',
    startedAtMs: Date.now(),
    facts: [],
  };
  run.steps.push(report);
  run.show();
  try {
    const { value, facts, soak } = await work();
    if (soak !== undefined) report.soak = soak;
    addFacts(run, report, facts);
    report.status = 'done';
    return value;
  } catch (error) {
    report.status = 'failed';
    if (error instanceof ActivityFailure && !isCancellation(error)) report.error = describeFailure(error);
    throw error;
  } finally {
    report.endedAtMs = Date.now();
    run.show();
  }
}

const proved = (run: Run, id: string, title: string, work: () => Promise<string[]>): Promise<void> =>
  looked(run, id, title, async () => ({ value: undefined, facts: await work() }));
