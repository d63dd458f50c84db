import { formatBytes, formatCount } from './format.ts';
import type { RedisPlanInput, RedisSettings } from './plan-redis.ts';
import type { Note } from './plan.ts';
import { valueOf } from './reading.ts';
import type { RedisReadings } from './redis-readings.ts';

/** What becomes of the settings at a start, and of keys and writes when memory is full. */
export const redisNotes = ({ readings, asked }: RedisPlanInput, restarts: boolean): Note[] => [
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
