import { formatBytes } from './format.ts';
import type { PostgresPlanInput } from './plan-postgres.ts';
import type { Refusal } from './plan.ts';
import { sharedBuffersOfMemory } from './postgres-rules.ts';
import { quantityOf, settingText, type PostgresSetting } from './postgres-settings.ts';
import { standbyRefusals } from './postgres-standbys.ts';

/** File locations, addresses, and what PostgreSQL would hand to a shell: not a matter of scaling. */
const outOfReach = /_command$|_directory$|_file$|^port$|^listen_addresses$|^unix_socket|^ssl|_hook$/;

/**
 * What speaks against these settings, in this container.
 * @param restarts settings that wait for a start come into force too
 */
export const postgresRefusals = (input: PostgresPlanInput, restarts: boolean): Refusal[] => {
  const { asked, readings } = input;
  return [
    ...Object.entries(asked.settings).flatMap(([name, value]) =>
      settingRefusals(name, value, readings.settings[name], readings.version),
    ),
    ...sharedBuffersRefusals(input, restarts),
    ...standbyRefusals(input, restarts),
    ...(readings.isInRecovery ? [standby] : []),
  ];
};

const standby: Refusal = {
  rule: 'postgres.standby',
  path: 'database',
  message: 'this server is a standby',
  remedy: 'name the primary in the catalog',
};

const settingRefusals = (
  name: string,
  value: string,
  setting: PostgresSetting | undefined,
  version: string,
): Refusal[] => {
  const path = `settings.${name}`;
  if (outOfReach.test(name))
    return [
      {
        rule: 'postgres.setting-out-of-reach',
        path,
        message: `${name} is no setting of performance, and is not changed here`,
        remedy: 'leave it out',
      },
    ];
  if (setting === undefined || setting.context === 'internal')
    return [
      {
        rule: 'postgres.setting-unknown',
        path,
        message: `PostgreSQL ${version} has no setting ${name} that can be changed`,
        remedy: 'correct its name; pg_settings lists them all',
      },
    ];
  return outOfBounds(path, value, setting);
};

const outOfBounds = (path: string, value: string, setting: PostgresSetting): Refusal[] => {
  if (!['integer', 'real'].includes(setting.type)) return [];
  const quantity = quantityOf(value, setting.unit);
  const unitSize = setting.unit === undefined ? 1 : (quantityOf('1', setting.unit) ?? 1);
  const { min = -Infinity, max = Infinity } = setting;
  if (quantity !== undefined && quantity / unitSize >= min && quantity / unitSize <= max) return [];
  return [
    {
      rule: 'postgres.setting-bounds',
      path,
      message:
        quantity === undefined
          ? `${value} is no number${setting.unit === undefined ? '' : ' with a unit that PostgreSQL knows (kB, MB, GB, ms, s, min)'}`
          : `${value} is outside of ${min} to ${max}${setting.unit === undefined ? '' : ` times ${setting.unit}`}`,
      remedy: 'correct the value',
    },
  ];
};

/** Those that are asked for, those that wait for a start, and those in force in a container that gets smaller. */
const sharedBuffersRefusals = (
  { asked, readings, container }: PostgresPlanInput,
  restarts: boolean,
): Refusal[] => {
  const memoryBytes = asked.limits.memoryBytes ?? container.limits.memoryBytes;
  const setting = readings.settings['shared_buffers'];
  if (memoryBytes === undefined || setting === undefined) return [];
  const wanted = asked.settings['shared_buffers'];
  const pending = restarts
    ? readings.pendingRestart?.find(({ name }) => name === 'shared_buffers')?.to
    : undefined;
  const shrinks = memoryBytes < (container.limits.memoryBytes ?? Infinity);
  const value = wanted ?? pending ?? (shrinks ? settingText(setting) : undefined);
  const bytes = value === undefined ? undefined : quantityOf(value, setting.unit);
  const most = memoryBytes * sharedBuffersOfMemory;
  if (bytes === undefined || bytes <= most) return [];
  const message = `shared_buffers ${formatBytes(bytes)} are more than 40 % of the container's ${formatBytes(memoryBytes)}`;
  const inMegabytes = `${Math.floor(most / 2 ** 20)}MB`;
  return [
    wanted === undefined
      ? {
          rule: 'postgres.shared-buffers',
          path: 'memoryBytes',
          message: `${message}, and nobody asked for less`,
          remedy: `ask for ${formatBytes(Math.ceil(bytes / sharedBuffersOfMemory))} at least, or for shared_buffers of ${inMegabytes} at most`,
        }
      : {
          rule: 'postgres.shared-buffers',
          path: 'settings.shared_buffers',
          message,
          remedy: `ask for at most ${inMegabytes}: the rest is for sessions and the system's cache`,
        },
  ];
};
