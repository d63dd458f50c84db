import type { Catalog } from './catalog.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { formatBytes } from './format.ts';
import { planResize, type ResizeAsked } from './plan-resize.ts';
import type { Note, Plan, Refusal } from './plan.ts';
import { postgresSymptoms, sharedBuffersOfMemory } from './postgres-rules.ts';
import type { PostgresReadings } from './postgres-readings.ts';
import {
  isInForce,
  needsRestart,
  quantityOf,
  settingText,
  withCommandSettings,
  type PostgresSetting,
} from './postgres-settings.ts';

export interface PostgresPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  database: string;
  container: DatabaseContainer;
  readings: PostgresReadings;
  asked: ResizeAsked & { settings: Readonly<Record<string, string>> };
}

/**
 * Runbook 3.3, "Vertical Scaling". What PostgreSQL takes at a reload is set live and kept by itself (ALTER SYSTEM); what it takes at a start
 * only, or has on its command line, goes into the command of the compose file, as the runbook has it: then a container that does not
 * start is put back by starting the one before it.
 */
export const planPostgres = (input: PostgresPlanInput): Plan => {
  const { readings, asked, container } = input;
  const wanted = Object.entries(asked.settings);
  const differing = wanted.filter(([name, value]) => {
    const now = readings.settings[name];
    return now !== undefined && !isInForce(now, value);
  });
  const restart = differing.filter(([name]) => needsRestart(settingIn(readings, name)));
  const live = differing.filter(([name]) => !needsRestart(settingIn(readings, name)));
  return planResize({
    ...input,
    procedure: 'resizePostgres',
    live: {
      from: Object.fromEntries(live.map(([name]) => [name, before(settingIn(readings, name))])),
      to: Object.fromEntries(live),
    },
    restartBecause: restart.map(([name, value]) => because(name, value, settingIn(readings, name))),
    afterRestart: Object.fromEntries(differing),
    command: withCommandSettings(container.command, Object.fromEntries(restart)),
    symptoms: postgresSymptoms(readings, container.cpuOfLimit),
    refusals: [...refusalsOf(input), ...(readings.isInRecovery ? [standby] : [])],
    notes: notesOf(input),
    databaseBytes: readings.databaseBytes,
    behind: readings.replicas
      .filter(({ state, lagBytes }) => state !== 'streaming' || lagBytes > mayLagBytes)
      .map(({ name, lagBytes }) => `${name} (${formatBytes(lagBytes)})`),
  });
};

/** A stop sends what is left to the standbys; more than this is not left, but stuck. */
const mayLagBytes = 16 * 2 ** 20;

const settingIn = ({ settings }: PostgresReadings, name: string): PostgresSetting => {
  const found = settings[name];
  if (found === undefined) throw new Error(`no setting ${name}: a bug`);
  return found;
};

/** What was never set goes back to the server's default, not to its present value. */
const before = (setting: PostgresSetting): string | null =>
  setting.source === 'default' ? null : settingText(setting);

const because = (name: string, value: string, setting: PostgresSetting): string =>
  setting.context === 'postmaster'
    ? `${name} ${settingText(setting)} -> ${value} takes effect at a start only`
    : `${name} ${settingText(setting)} -> ${value} stands on the command line, which a reload does not change`;

/** File locations, addresses, and what PostgreSQL would hand to a shell: not a matter of scaling. */
const outOfReach = /_command$|_directory$|_file$|^port$|^listen_addresses$|^unix_socket|^ssl|_hook$/;

const refusalsOf = ({ asked, readings, container }: PostgresPlanInput): Refusal[] => {
  const memoryBytes = asked.limits.memoryBytes ?? container.limits.memoryBytes;
  return Object.entries(asked.settings).flatMap(([name, value]) => {
    const path = `settings.${name}`;
    const setting = readings.settings[name];
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
          message: `PostgreSQL ${readings.version} has no setting ${name} that can be changed`,
          remedy: 'correct its name; pg_settings lists them all',
        },
      ];
    return [...outOfBounds(path, value, setting), ...tooLarge(path, name, value, setting, memoryBytes)];
  });
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

const tooLarge = (
  path: string,
  name: string,
  value: string,
  { unit }: PostgresSetting,
  memoryBytes: number | undefined,
): Refusal[] => {
  const bytes = quantityOf(value, unit);
  if (name !== 'shared_buffers' || bytes === undefined || memoryBytes === undefined) return [];
  const most = memoryBytes * sharedBuffersOfMemory;
  if (bytes <= most) return [];
  return [
    {
      rule: 'postgres.shared-buffers',
      path,
      message: `shared_buffers ${formatBytes(bytes)} are more than 40 % of the container's ${formatBytes(memoryBytes)}`,
      remedy: `ask for at most ${Math.floor(most / 2 ** 20)}MB: the rest is for sessions and the system's cache`,
    },
  ];
};

const standby: Refusal = {
  rule: 'postgres.standby',
  path: 'database',
  message: 'this server is a standby',
  remedy: 'name the primary in the catalog',
};

/** The worst case that nobody has counted. */
const notesOf = ({ asked, readings, container }: PostgresPlanInput): Note[] => {
  const valueIn = (name: string): number | undefined => {
    const setting = readings.settings[name];
    return quantityOf(asked.settings[name] ?? setting?.value ?? '', setting?.unit);
  };
  const [connections, workMem, shared] = ['max_connections', 'work_mem', 'shared_buffers'].map(valueIn);
  const memoryBytes = asked.limits.memoryBytes ?? container.limits.memoryBytes;
  if (connections === undefined || workMem === undefined || shared === undefined || memoryBytes === undefined)
    return [];
  const worst = shared + connections * workMem;
  return worst <= memoryBytes
    ? []
    : [
        {
          rule: 'postgres.work-mem',
          message: `${connections} connections that each sort with ${formatBytes(workMem)} need ${formatBytes(worst)} with the shared buffers, above the limit of ${formatBytes(memoryBytes)}`,
        },
      ];
};
