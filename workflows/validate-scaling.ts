import type { ProcedureResult } from '../domain/procedure.ts';
import { validateScalingInput, type ValidateScalingInput } from './contracts/validate-scaling.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { validate } from './engine/validation.ts';
import { verdictOf } from '../domain/validation.ts';

/** Runbook, Post-Scaling Validation: the checklist, and the table of performance benchmarks. It only reads. */
export async function validateScaling(input: ValidateScalingInput): Promise<ProcedureResult> {
  const request = parseInput('validateScaling', validateScalingInput, input);
  const run = new Run('validateScaling', request);

  return carryOut(run, async () => {
    const { catalog } = await run.loadCatalog();
    const rows = await validate(run, catalog, request);
    run.validation = rows;
    const { passed, sentence } = verdictOf(rows);
    return passed ? new Ending('completed', sentence) : new Ending('failed', sentence, 'ValidationFailed');
  });
}
