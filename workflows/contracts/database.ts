import { z } from 'zod';
import type { BackupWord } from '../../domain/downtime.ts';
import type { Resources } from '../../domain/observation.ts';
import type { ResizeAsked } from '../../domain/plan-resize.ts';
import { durationMs, serviceName } from './common.ts';

/** Fields that the procedures of Scenario 3 share. Byte counts, CPUs as Docker counts them. */

export const GIB = 2 ** 30;

export const cpus = z.number().min(0.01).max(1_024);
export const memoryBytes = z
  .int()
  .min(6 * 2 ** 20)
  .max(2 ** 50);

export const databaseName = (kind: string) =>
  serviceName.describe(`name of the ${kind} in databases of the catalog`);

/** What the plan may ask for. `describe` is what `crescendo run PROCEDURE --help` prints. */
export const resizeFields = {
  reservations: z
    .strictObject({
      cpus: cpus.optional().describe('CPUs'),
      memoryBytes: memoryBytes.optional().describe('bytes of memory'),
    })
    .optional()
    .describe('what the compose file reserves; half of the limits when left out'),
  composeFile: z
    .enum(['auto', 'edit', 'keep'])
    .default('auto')
    .describe(
      'auto: edited where a restart is needed anyway; edit: also for a live change, which costs one restart; keep: never',
    ),
  backup: z
    .union([z.enum(['run', 'waived']), z.iso.datetime({ offset: true })])
    .optional()
    .describe(
      'before a stop. run: the catalog’s backup command; waived: it goes without; or the time of one of the last 24 h',
    ),
  downtimeBudgetMs: durationMs
    .min(1_000)
    .default(60_000)
    .describe('from the stop to the first answered query; spent, the change is taken back'),
  probeEveryMs: durationMs
    .min(5)
    .max(50)
    .default(25)
    .describe('how often a write and a read are tried while it is changed'),
  sampleMs: durationMs
    .min(500)
    .default(3_000)
    .describe('how long CPU and memory are watched for the symptoms'),
  readyTimeoutMs: durationMs
    .default(30_000)
    .describe('how long a setting may take to be in force, and a query to be answered'),
};

/** The request as the plan takes it. */
export const askedOf = (
  request: {
    reservations?: { cpus?: number | undefined; memoryBytes?: number | undefined } | undefined;
    composeFile: ResizeAsked['composeFile'];
    backup?: string | undefined;
    downtimeBudgetMs: number;
  },
  limits: Resources,
): ResizeAsked => ({
  limits,
  reservations: reservationsOf(request.reservations, limits),
  composeFile: request.composeFile,
  backup: backupWordOf(request.backup),
  downtimeBudgetMs: request.downtimeBudgetMs,
});

const reservationsOf = (
  given: { cpus?: number | undefined; memoryBytes?: number | undefined } | undefined,
  limits: Resources,
): Resources => {
  const { cpus: someCpus = half(limits.cpus), memoryBytes: bytes = half(limits.memoryBytes) } = given ?? {};
  return {
    ...(someCpus === undefined ? {} : { cpus: someCpus }),
    ...(bytes === undefined ? {} : { memoryBytes: Math.floor(bytes) }),
  };
};

const half = (value: number | undefined): number | undefined => (value === undefined ? undefined : value / 2);

export const backupWordOf = (word: string | undefined): BackupWord | undefined => {
  if (word === undefined) return undefined;
  return word === 'run' || word === 'waived' ? { kind: word } : { kind: 'taken', atMs: Date.parse(word) };
};

/** One change of a database at a time. */
export const databaseWorkflowId = (environment: string, database: string): string =>
  `crescendo-${environment}-database-${database}`;
