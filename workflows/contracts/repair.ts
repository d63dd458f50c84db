import { z } from 'zod';
import {
  common,
  durationMs,
  environmentName,
  lagTimeoutMs,
  reachTimeoutMs,
  readyTimeoutMs,
  rebalanceTimeoutMs,
} from './common.ts';

/** Input of `repair`: after a procedure was terminated, when nothing was cleaned up. */
export const repairInput = z
  .strictObject({
    ...common,
    // Undoing a repair would bring the mess back.
    onFailure: z
      .enum(['rollback', 'hold'])
      .default('hold')
      .describe('what a step that cannot go on does; a repair is not undone unless asked for'),
    environment: environmentName,
    mode: z
      .enum(['show', 'undo', 'adopt'])
      .default('show')
      .describe(
        'show: only say what is left over; undo: back to what ran before; adopt: what runs is declared right',
      ),
    procedureId: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        'workflow id of the procedure that was cut off; needed to undo or adopt, all whose marks are found when it is left out',
      ),
    readyTimeoutMs,
    rebalanceTimeoutMs,
    reachTimeoutMs,
    lagTimeoutMs,
    sampleMs: durationMs.default(1_000).describe('how long rates and CPU are measured'),
  })
  // What another procedure has done well since must not be undone by its marks.
  .refine(({ mode, procedureId }) => mode === 'show' || procedureId !== undefined, {
    path: ['procedureId'],
    message: 'name the procedure that was cut off, as mode show lists it',
  });
export type RepairInput = z.input<typeof repairInput>;
export type RepairRequest = z.output<typeof repairInput>;

export const repairWorkflowId = (environment: string): string => `crescendo-${environment}-repair`;
