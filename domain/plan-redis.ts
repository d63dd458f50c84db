import type { Catalog } from './catalog.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { formatBytes } from './format.ts';
import { planResize, type ResizeAsked } from './plan-resize.ts';
import type { Note, Plan } from './plan.ts';
import type { RedisReadings } from './redis-readings.ts';
import { maxmemoryRefusals, redisSymptoms } from './redis-rules.ts';

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
 * apply the new limit.
 */
export const planRedis = (input: RedisPlanInput): Plan => {
  const { readings, asked, container } = input;
  const differing = Object.entries(asked.settings).filter(
    ([name, value]) => readings.settings[name] !== value,
  );
  const memoryBytes = asked.limits.memoryBytes ?? container.limits.memoryBytes;
  return planResize({
    ...input,
    procedure: 'resizeRedis',
    live: {
      from: Object.fromEntries(differing.map(([name]) => [name, readings.settings[name] ?? null])),
      to: Object.fromEntries(differing),
    },
    restartBecause: [],
    afterRestart: Object.fromEntries(differing),
    command: withFlags(container.command, asked.settings),
    symptoms: redisSymptoms(readings, container.memoryOfLimit),
    refusals: [
      ...(memoryBytes === undefined ? [] : maxmemoryRefusals(Number(asked.settings.maxmemory), memoryBytes)),
      ...(readings.mode === 'standalone'
        ? []
        : [
            {
              rule: 'redis.mode',
              path: 'database',
              message: `this server runs as ${readings.mode}`,
              remedy: 'resize its nodes one at a time, each by its own name in the catalog',
            },
          ]),
    ],
    notes: notesOf(input),
  });
};

const notesOf = ({ readings, asked }: RedisPlanInput): Note[] => [
  readings.hasConfigFile
    ? { rule: 'redis.persisted', message: 'Redis writes the settings into its own configuration file' }
    : {
        rule: 'redis.not-persisted',
        message:
          'Redis runs without a configuration file: after a restart its command line counts again, so put the settings there too',
      },
  ...(asked.settings['maxmemory-policy'] === 'noeviction'
    ? [
        {
          rule: 'redis.noeviction',
          message: `at ${formatBytes(Number(asked.settings.maxmemory))} every write is refused: nothing is evicted`,
        },
      ]
    : []),
];

/** `--name value` in the arguments of redis-server, put or changed. */
export const withFlags = (command: readonly string[], settings: RedisSettings): string[] => {
  const flags = Object.keys(settings).map((name) => `--${name}`);
  const kept: string[] = [];
  for (let index = 0; index < command.length; index += 1) {
    const word = command[index] ?? '';
    if (!flags.includes(word)) kept.push(word);
    // Its value goes with it.
    else index += 1;
  }
  return [...kept, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])];
};
