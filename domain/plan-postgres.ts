import type { Catalog } from './catalog.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { formatBytes } from './format.ts';
import { planResize, type ResizeAsked } from './plan-resize.ts';
import type { Note, Plan } from './plan.ts';
import type { PostgresReadings } from './postgres-readings.ts';
import { postgresRefusals } from './postgres-refusals.ts';
import { postgresSymptoms } from './postgres-rules.ts';
import {
  isInForce,
  needsRestart,
  quantityOf,
  settingText,
  withCommandSettings,
  type PostgresSetting,
} from './postgres-settings.ts';
import { standbysBehind } from './postgres-standbys.ts';

export interface PostgresPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  database: string;
  container: DatabaseContainer;
  readings: PostgresReadings;
  asked: ResizeAsked & {
    settings: Readonly<Record<string, string>>;
    /** Somebody says that every standby has at least what is asked for here. */
    standbysAreReady?: boolean;
  };
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
  const restarts = restart.length > 0 || asked.composeFile === 'edit';
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
    refusals: postgresRefusals(input, restarts),
    notes: notesOf(input),
    restartNotes: pendingNotes(input),
    databaseBytes: readings.databaseBytes,
    behind: standbysBehind(readings),
  });
};

const settingIn = ({ settings }: PostgresReadings, name: string): PostgresSetting => {
  const found = settings[name];
  if (found === undefined) throw new Error(`no setting ${name}: a bug`);
  return found;
};

/**
 * What ALTER SYSTEM never set goes back to what it is without it, the server's default or a line of postgresql.conf: set to its present value,
 * it would never follow that file again.
 */
const before = (setting: PostgresSetting): string | null => {
  const { source, sourceFile } = setting;
  if (source === 'default') return null;
  if (sourceFile !== undefined && !sourceFile.endsWith('postgresql.auto.conf')) return null;
  return settingText(setting);
};

const because = (name: string, value: string, setting: PostgresSetting): string =>
  setting.context === 'postmaster'
    ? `${name} ${settingText(setting)} -> ${value} takes effect at a start only`
    : `${name} ${settingText(setting)} -> ${value} stands on the command line, which a reload does not change`;

/** Somebody else's changes that wait for a start: it is this one. */
const pendingNotes = ({ asked, readings }: PostgresPlanInput): Note[] =>
  (readings.pendingRestart ?? [])
    .filter(({ name }) => asked.settings[name] === undefined)
    .map(({ name, from, to }) => ({
      rule: 'postgres.pending-restart',
      message: `${name} ${from} -> ${to ?? 'what its file says'} was set before, waits for a start, and comes with this one`,
    }));

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
