import { emergencyScope } from '../domain/emergency-scope.ts';
import { planEmergency } from '../domain/plan-emergency.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { emergencyScalingInput, leasePriority, type EmergencyScalingInput } from './contracts.ts';
import { waitForEffect } from './engine/effect.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { isStale, observePlatform } from './engine/observe.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { executeSteps } from './engine/steps.ts';
import { validateIfAsked } from './engine/validation.ts';

/** Runbook, Scenario 1: a traffic spike is in progress. */
export async function emergencyScaling(input: EmergencyScalingInput): Promise<ProcedureResult> {
  const request = parseInput('emergencyScaling', emergencyScalingInput, input);
  const run = new Run('emergencyScaling', request);

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const scope = emergencyScope(catalog, request.targets);
    const lease = () => takeLease(run, scope.services, leasePriority.emergency);
    const asksFirst = request.dryRun || request.approval === 'required';

    // 1.1 Immediate triage: one observation of everything. Where nobody is asked first, the lease is taken meanwhile.
    const observe = () => observePlatform(run, scope, request);
    const [early] = await Promise.all([observe(), asksFirst ? undefined : lease()]);
    const seen = isStale(run, early) ? await observe() : early;
    await agreeOn(
      run,
      planEmergency({ catalog, catalogHash: hash, ...seen, targets: request.targets ?? {} }),
    );
    if (asksFirst) await lease();

    // 1.2 gateway, 1.3 message service, 1.4 the busiest connector: the bottleneck goes first.
    await executeSteps(run, request);

    // 1.5 Verify scaling effectiveness: latency, errors and lag against before.
    const ending = await waitForEffect(run, catalog, request);
    await validateIfAsked(run, request);
    return ending;
  });
}
