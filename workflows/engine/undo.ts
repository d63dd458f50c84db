import { ActivityFailure, CancellationScope } from '@temporalio/workflow';
import { operationText } from '../../domain/render.ts';
import { undoOf } from '../../domain/undo.ts';
import { describeFailure } from './ending.ts';
import { apply } from './operations.ts';
import type { Run } from './run.ts';

/**
 * Puts back what was begun, newest first, out of reach of any cancel. What cannot be put back is left over, said in
 * `run.leftOver`, and does not keep the rest from being put back.
 */
export async function undoAll(run: Run): Promise<'rolled_back' | 'partially_rolled_back'> {
  run.enter('undoing');
  await CancellationScope.nonCancellable(async () => {
    await run.beforeUndo?.();
    for (const [index, { stepId, operation }] of [...run.begun.entries()].toReversed()) {
      const report = run.steps.find((step) => step.id === stepId);
      const undo = undoOf(operation);
      if (undo === null) {
        run.leftOver.push(`${operationText(operation)}: cannot be undone`);
        continue;
      }
      try {
        const write = {
          operationId: run.operationId(stepId, `undo-${index}`),
          fencingToken: run.steering.grant?.fencingToken ?? 0,
        };
        const facts = await apply(undo, write);
        for (const fact of facts) run.note(`undo: ${fact}`);
        report?.facts.push(...facts);
        if (report !== undefined && report.status !== 'undo_failed') report.status = 'undone';
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        const { type, message } = describeFailure(error);
        run.leftOver.push(`${operationText(undo)}: ${type}: ${message}`);
        if (report !== undefined) report.status = 'undo_failed';
      }
      run.show();
    }
  });
  return run.leftOver.length === 0 ? 'rolled_back' : 'partially_rolled_back';
}
