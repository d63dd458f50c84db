import { sleep } from '@temporalio/workflow';
import type { EmergencyScalingInput } from '../../../workflows/contracts.ts';
import { emergencyScaling as today } from '../../../workflows/emergency-scaling.ts';

/** The mistake that replay must catch: a new command in front of the old ones, without `patched`. */
export async function emergencyScaling(input: EmergencyScalingInput): ReturnType<typeof today> {
  await sleep('1s');
  return today(input);
}
