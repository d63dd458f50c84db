import { formatPercent } from '../../domain/format.ts';
import type { PlannedWave } from '../../domain/plan-planned.ts';
import type { Run } from '../engine/run.ts';
import type { EventPlan } from './event-plan.ts';

/** Leaves a wave out for good, and says why. */
export function skip(run: Run, event: EventPlan, wave: PlannedWave, why: string): void {
  event.settle(wave);
  for (const report of run.steps) {
    if (report.status !== 'pending' || !report.id.startsWith(`${wave.id}-`)) continue;
    report.status = 'skipped';
    report.facts.push(`skipped: ${why}`);
  }
  run.note(`${formatPercent(wave.share)} is skipped: ${why}`);
  run.show();
}
