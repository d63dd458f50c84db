import { planRepair } from '../domain/plan-repair.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { backupName } from '../domain/wave-steps.ts';
import { leasePriority } from './contracts.ts';
import { repairInput, type RepairInput } from './contracts/repair.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { executeSteps } from './engine/steps.ts';
import { readTraces } from './engine/traces.ts';

/** After a `terminate`, which runs no clean-up: read what is there, show what is left over, undo or adopt it. */
export async function repair(input: RepairInput): Promise<ProcedureResult> {
  const request = parseInput('repair', repairInput, input);
  const run = new Run('repair', request);

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const traces = await readTraces(run, catalog, request);
    const { mode } = request;
    const backup = backupName(Date.now());
    const plan = planRepair({ catalog, catalogHash: hash, ...traces, mode, backup });
    if (mode === 'show') {
      run.propose(plan);
      const what = plan.steps.length === 0 ? plan.finding : `${plan.finding}; undo or adopt it with mode`;
      throw new Ending('no_change', what);
    }
    await agreeOn(run, plan);
    // All of the catalog: whoever holds one of them may be what left this behind.
    const others = plan.steps.map(({ service }) => service).filter((service) => service !== 'platform');
    const services = [...new Set([...Object.keys(catalog.services), ...others])];
    await takeLease(run, services, leasePriority.rollback);
    await executeSteps(run, request);
    return new Ending(
      'completed',
      mode === 'undo' ? 'what ran before runs again' : 'what runs is declared right',
    );
  });
}
