import type { RedisPlanInput } from './plan-redis.ts';
import type { Refusal } from './plan.ts';
import { takesFlags } from './redis-command.ts';
import { evictionRefusals, maxmemoryRefusals } from './redis-rules.ts';

/** Of a server that would forget it at its next start. */
const changesPersistence = ({ readings, asked }: RedisPlanInput): boolean =>
  !readings.hasConfigFile &&
  (['save', 'appendonly'] as const).some((name) => readings.settings[name] !== asked.settings[name]);

/** What speaks against it, in this container and with what is in it. */
export const redisRefusals = (input: RedisPlanInput, restarts: boolean): Refusal[] => {
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
