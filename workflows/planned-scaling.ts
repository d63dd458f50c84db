import type { ProcedureResult } from '../domain/procedure.ts';
import { plannedScalingInput, type PlannedScalingInput } from './contracts/planned-scaling.ts';
import { parseInput } from './engine/input.ts';
import { observePlatform } from './engine/observe.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { afterEvent } from './planned/after-event.ts';
import { takeChanges } from './planned/change.ts';
import { preEventChecklist } from './planned/checklist.ts';
import { EventPlan } from './planned/event-plan.ts';
import { rampUp } from './planned/ramp.ts';
import { readyToUndo } from './planned/undo.ts';

/** Runbook, Scenario 2: planned scaling, before expected traffic. */
export async function plannedScaling(input: PlannedScalingInput): Promise<ProcedureResult> {
  const request = parseInput('plannedScaling', plannedScalingInput, input);
  const run = new Run('plannedScaling', request);
  let planned: EventPlan | undefined;
  takeChanges(run, () => planned);
  run.beforeUndo = () => readyToUndo(run);

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const services = Object.keys({ ...request.peaks, ...request.targets }).filter((name) =>
      Object.hasOwn(catalog.services, name),
    );
    const topics = services.flatMap((name) => catalog.services[name]?.consumer?.topic ?? []);

    // 2.1 Calculate target capacity, with the time of every step.
    const seen = await observePlatform(run, { services, topics }, request);
    const event = new EventPlan(run, request, { catalog, hash, seen });
    planned = event;
    await agreeOn(run, event.make(Date.now()));

    // Pre-Event Checklist: what fails holds before anything is changed.
    await preEventChecklist(run, event);

    // 2.2 to 2.4 at each step of the ramp: compose file, gradual scale-up, load balancer, watched.
    await rampUp(run, event);

    // After the event: back to what ran before, one replica at a time.
    return afterEvent(run, event);
  });
}
