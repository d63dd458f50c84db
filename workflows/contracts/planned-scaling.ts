import { defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import { hasOffset, isLocalTime, slugOf } from '../../domain/event.ts';
import { isTimeZone } from '../../domain/local-time.ts';
import { safetyFactor } from '../../domain/runbook-numbers.ts';
import {
  common,
  durationMs,
  environmentName,
  lagTimeoutMs,
  reachTimeoutMs,
  readyTimeoutMs,
  rebalanceTimeoutMs,
  replicaTarget,
  serviceName,
  validateAfterwards,
} from './common.ts';
import { everyMs, gateInput, soakSampleMs } from './gate.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const GIB = 2 ** 30;

const moment = z
  .string()
  .max(40)
  .refine((text) => hasOffset(text) || isLocalTime(text), {
    error: 'write 2026-12-01T20:00:00+01:00, or 2026-12-01T20:00 with timeZone',
  });
const timeZone = z
  .string()
  .max(60)
  .refine(isTimeZone, { error: 'no time zone of that name: write Europe/Berlin' });
const lengthMs = z
  .int()
  .min(1_000)
  .max(31 * DAY);

/** When it is: the fields that a `change` may give anew. */
const times = {
  start: moment
    .optional()
    .describe('when it starts: ISO 8601 with an offset, or a local time of timeZone (2026-12-01T20:00)'),
  timeZone: timeZone.optional().describe('IANA name of the zone of local times, for example Europe/Berlin'),
  end: moment.optional().describe('when it ends, written like start'),
  lengthMs: lengthMs.optional().describe('how long it lasts, in place of end; 2 h when neither is given'),
};
type Times = {
  start?: string | undefined;
  end?: string | undefined;
  timeZone?: string | undefined;
  lengthMs?: number | undefined;
};

const checkTimes = (event: Times, context: z.RefinementCtx): void => {
  const bad = (path: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [path], message });
  };
  for (const field of ['start', 'end'] as const)
    if (event[field] !== undefined && !hasOffset(event[field]) && event.timeZone === undefined)
      bad(field, 'it has no offset: write one, or name the timeZone');
  if (event.end !== undefined && event.lengthMs !== undefined)
    bad('lengthMs', 'give end or lengthMs, not both');
  if (event.start !== undefined && event.end !== undefined && hasOffset(event.start) && hasOffset(event.end))
    if (Date.parse(event.end) <= Date.parse(event.start)) bad('end', 'it must be after start');
};

const eventInput = z
  .strictObject({
    name: z.string().trim().min(1).max(80).describe('what it is called; part of the workflow id'),
    ...times,
    nextAt: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 20:00')
      .optional()
      .describe('of an event that comes again: its time of day in timeZone; the next one is meant'),
  })
  .superRefine((event, context) => {
    checkTimes(event, context);
    if ((event.start === undefined) === (event.nextAt === undefined))
      context.addIssue({
        code: 'custom',
        path: ['start'],
        message: 'give start, or nextAt of an event that comes again',
      });
    if (event.nextAt !== undefined && event.timeZone === undefined)
      context.addIssue({ code: 'custom', path: ['timeZone'], message: 'nextAt needs it' });
  });

const peaks = z.record(serviceName, z.number().positive().max(1e9));
const targets = z.record(serviceName, replicaTarget);

const resources = z.strictObject({
  cpus: z.number().positive().max(1_024).optional().describe('CPUs of one replica'),
  memoryBytes: z.int().positive().optional().describe('memory of one replica'),
});

/** Input of `plannedScaling` (Scenario 2). Everything but the event and what it needs has the runbook's default. */
export const plannedScalingInput = z
  .strictObject({
    ...common,
    environment: environmentName,
    event: eventInput.describe('what is expected, and when'),
    peaks: peaks
      .optional()
      .describe('expected peak per minute by service, in the unit of its capacity in the catalog'),
    targets: targets.optional().describe('replicas by service at the peak, in place of a rate'),
    safetyFactor: z
      .number()
      .min(1)
      .max(10)
      .default(safetyFactor)
      .describe('headroom on the peak: 1.5 as in the appendix, 1 is the rule of thumb of 2.1'),
    steps: z
      .array(
        z.strictObject({
          share: z.number().positive().max(1).describe('share of the target'),
          beforeMs: z
            .int()
            .min(0)
            .max(31 * DAY)
            .describe('how long before the start'),
        }),
      )
      .min(1)
      .max(20)
      .default([
        { share: 0.5, beforeMs: 2 * HOUR },
        { share: 0.75, beforeMs: HOUR },
        { share: 1, beforeMs: 30 * MINUTE },
      ])
      .describe('how it goes up; the last is the whole target'),
    soakMs: durationMs.default(15 * MINUTE).describe('how long is watched after each step'),
    everyMs,
    sampleMs: soakSampleMs,
    gate: gateInput.optional().describe('what must hold in a soak; the runbook’s thresholds when left out'),
    afterEvent: z
      .strictObject({
        scaleDown: z.boolean().default(true).describe('back to what ran before, one replica at a time'),
        delayMs: durationMs.default(0).describe('how long after the end that begins'),
        stableMs: durationMs
          .min(1_000)
          .default(15 * MINUTE)
          .describe('how long traffic must have been stable'),
        stableTimeoutMs: durationMs.default(HOUR).describe('how long is waited for that'),
        stepMs: durationMs.default(5 * MINUTE).describe('how long is watched after each replica'),
        drainMs: durationMs.default(30_000).describe('how long the last connections of a replica may take'),
      })
      .prefault({})
      .describe('what follows the event'),
    validate: validateAfterwards,
    composeFile: z
      .strictObject({
        edit: z
          .boolean()
          .default(true)
          .describe('write deploy.replicas at each step, so that an up -d changes nothing'),
        resources: z
          .record(
            serviceName,
            z.strictObject({
              limits: resources.optional().describe('at most'),
              reservations: resources.optional().describe('kept free for it'),
            }),
          )
          .default({})
          .describe('deploy.resources by service, as in 2.2; left as they are when left out'),
      })
      .prefault({})
      .describe('what is written into the compose file'),
    checklist: z
      .strictObject({
        minFreeMemoryBytes: z
          .int()
          .min(0)
          .default(GIB)
          .describe('memory that must be left once all replicas run'),
        minFreeDiskBytes: z
          .int()
          .min(0)
          .default(5 * GIB)
          .describe('disk that must be free on the engine’s host'),
        prune: z
          .enum(['never', 'ask'])
          .default('never')
          .describe('ask: show what a prune would free, and prune when that is approved by its hash'),
        pruneVolumes: z.boolean().default(false).describe('volumes too: what is in them is lost for good'),
        logTail: z
          .int()
          .min(1)
          .max(5_000)
          .default(100)
          .describe('lines of each replica’s log that are scanned'),
        onLogErrors: z
          .enum(['report', 'hold'])
          .default('report')
          .describe('report: keep the excerpts in the result and go on; hold: a person looks first'),
      })
      .prefault({})
      .describe('the pre-event checklist'),
    readyTimeoutMs,
    rebalanceTimeoutMs,
    reachTimeoutMs,
    lagTimeoutMs,
  })
  .superRefine((request, context) => {
    const bad = (path: string[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    const asked = [...Object.keys(request.peaks ?? {}), ...Object.keys(request.targets ?? {})];
    if (asked.length === 0)
      bad(['peaks'], 'give peaks (per minute by service) or targets (replicas by service)');
    for (const service of Object.keys(request.peaks ?? {}))
      if (Object.hasOwn(request.targets ?? {}, service))
        bad(['peaks', service], 'it stands in targets too: give one');
    request.steps.forEach(({ share, beforeMs }, index) => {
      const before = request.steps[index - 1];
      if (before === undefined) return;
      if (share <= before.share)
        bad(['steps', String(index), 'share'], 'must be above that of the step before');
      if (beforeMs >= before.beforeMs)
        bad(['steps', String(index), 'beforeMs'], 'must be below that of the step before');
    });
    if (request.steps.at(-1)?.share !== 1)
      bad(['steps', String(request.steps.length - 1), 'share'], 'the last step must be 1, the whole target');
    for (const service of Object.keys(request.composeFile.resources))
      if (!asked.includes(service))
        bad(['composeFile', 'resources', service], 'it has neither a peak nor a target');
  });
export type PlannedScalingInput = z.input<typeof plannedScalingInput>;
export type PlannedScalingRequest = z.output<typeof plannedScalingInput>;

/** What the `change` update of `plannedScaling` takes: what is left is planned anew. What is left out stays. */
export const plannedChangeInput = z
  .strictObject({
    by: z.string().trim().min(1).max(100).describe('who changes it'),
    reason: z.string().max(500).default('').describe('why'),
    start: times.start,
    timeZone: times.timeZone,
    end: times.end,
    lengthMs: times.lengthMs,
    peaks: peaks.optional().describe('expected peak per minute, of the services that change'),
    targets: targets.optional().describe('replicas at the peak, of the services that change'),
  })
  .superRefine((change, context) => {
    checkTimes(change, context);
    const { by: _by, reason: _reason, timeZone: _zone, ...rest } = change;
    if (Object.values(rest).every((value) => value === undefined))
      context.addIssue({
        code: 'custom',
        path: [],
        message: 'nothing to change: give start, end, lengthMs, peaks or targets',
      });
  });
export type PlannedChangeInput = z.input<typeof plannedChangeInput>;
export type PlannedChange = z.output<typeof plannedChangeInput>;

/** Plans anew what is left of a planned procedure that runs. Answers with what was and what is. */
export const changeUpdate = defineUpdate<string, [PlannedChangeInput]>('change');

export const plannedScalingWorkflowId = (environment: string, eventName: string): string =>
  `crescendo-${environment}-planned-${slugOf(eventName)}`;
