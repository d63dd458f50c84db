import type { Catalog } from './catalog.ts';
import type { StoredAs } from './database-operation.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { formatBytes, formatCount } from './format.ts';
import { planResize, type ResizeAsked } from './plan-resize.ts';
import type { Note, Plan, Refusal } from './plan.ts';
import { valueOf } from './reading.ts';
import type { RedisReadings } from './redis-readings.ts';
import { persistenceAfterStart, takesFlags, withFlags } from './redis-command.ts';
import { evictionRefusals, maxmemoryRefusals, redisSymptoms } from './redis-rules.ts';

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
    refusals: refusalsOf(input, restarts),
    notes: notesOf(input, restarts),
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

/** Of a server that would forget it at its next start. */
const changesPersistence = ({ readings, asked }: RedisPlanInput): boolean =>
  !readings.hasConfigFile &&
  (['save', 'appendonly'] as const).some((name) => readings.settings[name] !== asked.settings[name]);

const refusalsOf = (input: RedisPlanInput, restarts: boolean): Refusal[] => {
  const { readings, asked, container } = input;
  const memoryBytes = asked.limits.memoryBytes ?? container.limits.memoryBytes;
  const refusals: (Refusal | false)[] = [
    readings.mode !== 'standalone' && {
      rule: 'redis.mode',
      path: 'database',
      message: `this server runs as ${readings.mode}`,
      remedy: 'resize its nodes one at a time, each by its own name in the catalog',
    },
    !takesFlags(container.command) &&
      (restarts || changesPersistence(input)) && {
        rule: 'redis.command',
        path: 'composeFile',
        message: `${container.service} is started by ${container.command[0]}: flags at the end of its command would not reach redis-server, and what is set live is gone at its next start`,
        remedy: 'let its command in the compose file be redis-server with its arguments',
      },
  ];
  return [
    ...(memoryBytes === undefined ? [] : maxmemoryRefusals(Number(asked.settings.maxmemory), memoryBytes)),
    ...evictionRefusals(readings, asked.settings),
    ...refusals.filter((refusal) => refusal !== false),
  ];
};

const notesOf = ({ readings, asked }: RedisPlanInput, restarts: boolean): Note[] => [
  ...(readings.hasConfigFile
    ? [{ rule: 'redis.persisted', message: 'Redis writes the settings into its own configuration file' }]
    : restarts
      ? []
      : [
          {
            rule: 'redis.not-persisted',
            message:
              'Redis runs without a configuration file: after a restart its command line counts again, so put the settings there too',
          },
        ]),
  ...volatileNotes(readings, asked.settings),
  ...(asked.settings['maxmemory-policy'] === 'noeviction'
    ? [
        {
          rule: 'redis.noeviction',
          message: `at ${formatBytes(Number(asked.settings.maxmemory))} every write is refused: nothing is evicted`,
        },
      ]
    : []),
];

/** Nobody knows beforehand whether the keys that may go are large enough. */
const volatileNotes = (
  { usedMemoryBytes, expiringKeys, keys }: RedisReadings,
  settings: RedisSettings,
): Note[] => {
  const [usedBytes, expiring] = [valueOf(usedMemoryBytes), valueOf(expiringKeys)];
  const maxmemoryBytes = Number(settings.maxmemory);
  if (!settings['maxmemory-policy'].startsWith('volatile-') || maxmemoryBytes === 0) return [];
  if (usedBytes === undefined || usedBytes <= maxmemoryBytes) return [];
  return [
    {
      rule: 'redis.volatile',
      message: `${formatBytes(usedBytes)} are in use, and only the ${expiring ?? 'unknown number of'} of ${formatCount(keys, 'key')} with a time to live may go to come down to ${formatBytes(maxmemoryBytes)}: where they are not enough, the change is taken back`,
    },
  ];
};
