import { z } from 'zod';
import { gateMetrics } from '../../domain/gate-readings.ts';

/** Fields of a soak, for every procedure that has one. */

const metric = z
  .string()
  .max(120)
  .regex(
    new RegExp(`^(${gateMetrics.join('|')})(:[a-zA-Z0-9][a-zA-Z0-9_.-]{0,80})?$`),
    `one of ${gateMetrics.join(', ')}, with ":" and a service, or for lagMessages a consumer group, behind it`,
  );
const share = z.number().min(0).max(1);

/** What must hold in a soak, in place of the runbook's thresholds. */
export const gateInput = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        metric: metric.describe('the reading, e.g. p95Ms, errorRate, lagMessages:GROUP, restarts:SERVICE'),
        below: z.number().positive().describe('the value must stay below'),
        tolerated: z
          .int()
          .min(0)
          .optional()
          .describe('readings in a row at or above the limit that are noise; none when left out'),
        toleratedShare: share
          .optional()
          .describe(
            'share of all readings at or above the limit that is forgiven at the end; any when left out',
          ),
        onBroken: z
          .enum(['fail', 'inform'])
          .optional()
          .describe('fail (default): a regression; inform: only said, and may be unknown'),
        before: z
          .number()
          .optional()
          .describe('the value before the change; what was worse then is no regression'),
      }),
    )
    .min(1)
    .max(60)
    .describe('one for each reading'),
  minSamples: z.int().min(1).optional().describe('known readings that each rule needs at least'),
  minKnownShare: share
    .optional()
    .describe('share of all looks in which each rule must have been known; else a person decides'),
});

export const everyMs = z
  .int()
  .min(200)
  .max(600_000)
  .default(5_000)
  .describe('from one look to the next in a watched wait');
export const soakSampleMs = z
  .int()
  .min(100)
  .max(60_000)
  .default(2_000)
  .describe('how long rates, CPU and P95 are measured in one look');
