import type { Catalog } from './catalog.ts';
import type { StoredAs } from './database-operation.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { formatBytes } from './format.ts';
import { planResize, type ResizeAsked } from './plan-resize.ts';
import type { Plan } from './plan.ts';
import { valueOf } from './reading.ts';
import type { RedisReadings } from './redis-readings.ts';
import { persistenceAfterStart, takesFlags, withFlags } from './redis-command.ts';
import { redisNotes } from './redis-notes.ts';
import { redisRefusals } from './redis-refusals.ts';
import { redisSymptoms } from './redis-rules.ts';

/** Runbook 3.4: `--maxmemory 3.5gb` in a container of 4 GB. */
export const maxmemoryOfLimit = 0.875;

/** What the runbook's command line sets, by the names of CONFIG SET. */
export interface RedisSettings {
  maxmemory: string;
  'maxmemory-policy': string;
  save: string;
  appendonly: string;
}

export interface RedisPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  database: string;
  container: DatabaseContainer;
  readings: RedisReadings;
  asked: ResizeAsked & { settings: RedisSettings };
}

/**
 * Runbook 3.4, "Increase Memory Limit". Every part of it is live: `docker-compose restart redis`, as the runbook has it, would not even
 * apply the new limit. Only a command line that says otherwise about persistence asks for one restart: any later start would begin
 * without what keeps the data.
 */
export const planRedis = (input: RedisPlanInput): Plan => {
  const { readings, asked, container } = input;
  const differing = Object.entries(asked.settings).filter(
    ([name, value]) => readings.settings[name] !== value,
  );
  const usedBytes = valueOf(readings.usedMemoryBytes);
  const restartBecause = becauseOf(input);
  const restarts = restartBecause.length > 0 || asked.composeFile === 'edit';
  return planResize({
    ...input,
    procedure: 'resizeRedis',
    live: {
      from: Object.fromEntries(differing.map(([name]) => [name, readings.settings[name] ?? null])),
      to: Object.fromEntries(differing),
    },
    restartBecause,
    afterRestart: { ...asked.settings },
    command: withFlags(container.command, asked.settings),
    storedAs: storedAs(input),
    symptoms: redisSymptoms(readings, container.memoryOfLimit),
    refusals: redisRefusals(input, restarts),
    notes: redisNotes(input, restarts),
    ...(usedBytes === undefined ? {} : { databaseBytes: usedBytes }),
    behind: behindOf(readings),
  });
};

/** `save` and `appendonly` that a later start would not have. */
const becauseOf = ({ readings, asked, container }: RedisPlanInput): string[] => {
  if (!takesFlags(container.command)) return [];
  const afterStart = persistenceAfterStart(container.command, readings.hasConfigFile);
  return Object.entries(afterStart).flatMap(([name, then]) => {
    const wanted = asked.settings[name as keyof RedisSettings];
    return then === wanted
      ? []
      : [
          `${name} ${show(wanted)} is not on the command line: set live alone, any later start would have ${name} ${show(then)}`,
        ];
  });
};

/** Each start reads one of the two: with `appendonly yes` and no such file Redis 7 begins empty, whatever snapshot is there. */
const storedAs = ({ readings, asked, container }: RedisPlanInput): StoredAs[] => {
  const { appendonly = readings.settings['appendonly'] ?? 'no' } = persistenceAfterStart(
    container.command,
    readings.hasConfigFile,
  );
  const switches = [appendonly, asked.settings.appendonly];
  return [
    ...(switches.includes('yes') ? ['appendOnlyFile' as const] : []),
    ...(switches.includes('no') ? ['snapshot' as const] : []),
  ];
};

const show = (value: string): string => (value === '' ? '""' : value);

/** A replica that is further behind has lost its connection, or cannot keep up. */
const mayLagBytes = 16 * 2 ** 20;

const behindOf = ({ replicas = [] }: RedisReadings): string[] =>
  replicas
    .filter(({ state, lagBytes }) => state !== 'online' || lagBytes > mayLagBytes)
    .map(({ name, state, lagBytes }) => `${name} (${state}, ${formatBytes(lagBytes)})`);
