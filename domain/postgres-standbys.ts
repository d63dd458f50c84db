import { formatBytes } from './format.ts';
import type { PostgresPlanInput } from './plan-postgres.ts';
import type { Refusal } from './plan.ts';
import type { PostgresReadings } from './postgres-readings.ts';
import { quantityOf, settingText } from './postgres-settings.ts';

/** PostgreSQL's manual, hot standby, "Administrator's Overview": a standby with less than its primary stops replaying, or does not start. */
export const atLeastOnStandbys = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
] as const;

/** A stop sends what is left to the standbys; more than this is not left, but stuck. */
const mayLagBytes = 16 * 2 ** 20;

/** Standbys that do not keep up, and slots whose standby is away: what was written last would be on one disk only. */
export const standbysBehind = ({ replicas, slots = [] }: PostgresReadings): string[] => [
  ...replicas
    .filter(({ state, lagBytes }) => state !== 'streaming' || lagBytes > mayLagBytes)
    .map(({ name, lagBytes }) => `${name} (${formatBytes(lagBytes)})`),
  ...slots
    .filter(({ isActive }) => !isActive)
    .map(({ name, lagBytes }) => `the standby of slot ${name}, which is away (${formatBytes(lagBytes)})`),
];

/** Nobody here can ask a standby for its settings: somebody has to say that they were raised first. */
export const standbyRefusals = ({ asked, readings }: PostgresPlanInput, restarts: boolean): Refusal[] => {
  const standbys = standbysOf(readings);
  if (standbys.length === 0 || asked.standbysAreReady === true) return [];
  return atLeastOnStandbys.flatMap((name) => {
    const setting = readings.settings[name];
    const pending = restarts ? readings.pendingRestart?.find((one) => one.name === name)?.to : undefined;
    const value = asked.settings[name] ?? pending;
    if (setting === undefined || value === undefined) return [];
    const [now, then] = [quantityOf(setting.value, setting.unit), quantityOf(value, setting.unit)];
    if (now === undefined || then === undefined || then <= now) return [];
    return [
      {
        rule: 'postgres.standby-smaller',
        path: `settings.${name}`,
        message: `${name} ${settingText(setting)} -> ${value}: a standby that has less stops replaying, and there is ${standbys.join(', ')}`,
        remedy: `raise ${name} on every standby first and restart it, then say acknowledgeStandbys: true`,
      },
    ];
  });
};

/** A subscriber of a logical slot is a server of its own. */
const standbysOf = ({ replicas, slots = [] }: PostgresReadings): string[] => [
  ...replicas.filter(({ isLogical }) => isLogical !== true).map(({ name }) => name),
  ...slots.filter(({ isActive }) => !isActive).map(({ name }) => `the slot ${name}`),
];
