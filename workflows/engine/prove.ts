import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { Catalog } from '../../domain/catalog.ts';
import { infrastructureOf } from '../../domain/infrastructure.ts';
import type { StepReport } from '../../domain/procedure.ts';
import type { SoakReport } from '../../domain/soak.ts';
import type { EmergencyRollbackRequest } from '../contracts.ts';
import { perform } from './activities.ts';
import { describeFailure } from './ending.ts';
import type { Run } from './run.ts';
import { addFacts } from './steps.ts';

/**
 * Rollback 5, what the logs say of the cause: of everything, since the cause may lie anywhere. Asked for while those who wrote it are still
 * there; a log that cannot be read is no reason to leave the platform as it is.
 */
export async function findRootCause(
  run: Run,
  catalog: Catalog,
  { rootCauseMs: sinceMs }: EmergencyRollbackRequest,
): Promise<void> {
  const services = [...Object.keys(catalog.services), ...infrastructureOf(catalog)];
  const work = async (): Promise<string[]> =>
    (await perform('excerptErrors', [{ services, sinceMs }], 'errors and exceptions, grouped')).facts;
  try {
    await proved(run, 'root-cause', 'Investigate root cause', work);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    run.note(`the root cause could not be looked for: ${describeFailure(error).message}`);
  }
}

/** Rollback 3 and 4: every service healthy, and one request through the front door. */
export async function provePlatform(
  run: Run,
  snapshot: Record<string, number>,
  request: EmergencyRollbackRequest,
): Promise<void> {
  run.enter('verifying');
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
  const next = run.steps.findIndex(({ status }) => status === 'pending');
  run.steps.splice(next < 0 ? run.steps.length : next, 0, report);
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
