import { formatBytes, formatCount, formatMs, formatPercent } from './format.ts';
import type { Note, Refusal } from './plan.ts';
import { acknowledgedCount, type ProbeWindow } from './probe-window.ts';

/** What a plan with downtime says before anybody approves it. */
export interface PlannedDowntime {
  database: string;
  service: string;
  /** What needs the restart, as sentences: `shared_buffers takes effect at a start only`. */
  because: string[];
  /** What it may take at most; above it the change is taken back. */
  budgetMs: number;
  /** Services that cannot work without it. */
  dependants: string[];
  backup: BackupWord;
}

/**
 * Where the way back is if the disk is what breaks: the catalog's own command is run before the stop, somebody took one at this
 * time, or somebody says that it goes without.
 */
export type BackupWord = { kind: 'run' } | { kind: 'taken'; atMs: number } | { kind: 'waived' };

export const recentBackupMs = 24 * 60 * 60_000;

/** What is known before a stop. `undefined` is unknown, and stops nothing but what it is needed for. */
export interface BeforeDowntime {
  nowMs: number;
  backup: BackupWord | undefined;
  /** The catalog names a command that backs this database up. */
  hasBackupCommand: boolean;
  diskFreeBytes: number | undefined;
  databaseBytes: number | undefined;
  /** Copies of the database that do not keep up: they would lose what was written last. */
  behind: readonly string[];
}

/** Room that a database needs to stop and to start in: its write-ahead log, and what its logs say. */
const leastFreeBytes = 256 * 2 ** 20;

/** What nobody could say before the stop, and what it would have been good for. */
export const unknownBeforeDowntime = ({
  diskFreeBytes,
  databaseBytes,
  backup,
  hasBackupCommand,
}: BeforeDowntime): Note[] => [
  ...(diskFreeBytes === undefined
    ? [
        {
          rule: 'downtime.disk-unknown',
          message: `nobody could say what is free on the disk of the volume: ${formatBytes(leastFreeBytes)} and room for a backup are needed`,
        },
      ]
    : []),
  ...(databaseBytes === undefined && (backup === undefined ? hasBackupCommand : backup.kind === 'run')
    ? [
        {
          rule: 'downtime.size-unknown',
          message: 'nobody could say how large the database is: room for a backup of it is not checked',
        },
      ]
    : []),
];

/** What speaks against stopping a database now. */
export const downtimeRefusals = (seen: BeforeDowntime): Refusal[] => {
  const backup = seen.backup ?? (seen.hasBackupCommand ? { kind: 'run' as const } : undefined);
  const needsBytes = backup?.kind === 'run' ? leastFreeBytes + (seen.databaseBytes ?? 0) : leastFreeBytes;
  const refusals: (Refusal | false)[] = [
    backup === undefined && {
      rule: 'downtime.backup',
      path: 'backup',
      message: 'the plan stops the database, and nobody said where its backup is',
      remedy:
        'give the time of a backup of the last 24 hours, or "waived"; a backup command in the catalog (databases.NAME.backup) is run for you',
    },
    backup?.kind === 'run' &&
      !seen.hasBackupCommand && {
        rule: 'downtime.backup-command',
        path: 'backup',
        message: 'the catalog names no command that backs this database up',
        remedy: 'name one in databases.NAME.backup, or give the time of a backup, or "waived"',
      },
    backup?.kind === 'taken' &&
      seen.nowMs - backup.atMs > recentBackupMs && {
        rule: 'downtime.backup-old',
        path: 'backup',
        message: `the backup is ${formatMs(seen.nowMs - backup.atMs)} old`,
        remedy: 'take one now, or say "waived"',
      },
    backup?.kind === 'taken' &&
      backup.atMs > seen.nowMs && {
        rule: 'downtime.backup-future',
        path: 'backup',
        message: 'the backup was taken in the future',
        remedy: 'correct its time',
      },
    seen.diskFreeBytes !== undefined &&
      seen.diskFreeBytes < needsBytes && {
        rule: 'downtime.disk',
        path: 'disk',
        message: `the disk has ${formatBytes(seen.diskFreeBytes)} free, ${formatBytes(needsBytes)} are needed`,
        remedy: 'make room on the disk of the volume first',
      },
    seen.behind.length > 0 && {
      rule: 'downtime.replicas-behind',
      path: 'replicas',
      message: `${seen.behind.join(', ')} is behind`,
      remedy: 'wait until every copy keeps up, or drop the slot of one that is gone for good',
    },
  ];
  return refusals.filter((refusal) => refusal !== false);
};

/** What was measured while a database was changed: outage as an application felt it, and whether a write was lost. */
export interface DowntimeReport {
  database: string;
  budgetMs: number;
  probes: number;
  failedProbes: number;
  outages: number;
  /** All outages together. */
  outageMs: number;
  longestOutageMs: number;
  /** Nobody looked, because no worker ran. */
  unwatchedMs: number;
  slowestProbeMs: number;
  writesAcknowledged: number;
  /** Of those, in the database at the end. */
  writesFound: number;
  firstError?: string;
}

export const downtimeReport = (
  database: string,
  budgetMs: number,
  window: ProbeWindow,
  missing: number,
): DowntimeReport => {
  const { probes, failedProbes, outages, outageMs, longestOutageMs, unwatchedMs, slowestProbeMs } = window;
  const writesAcknowledged = acknowledgedCount(window.acknowledged);
  return {
    database,
    budgetMs,
    probes,
    failedProbes,
    outages,
    outageMs,
    longestOutageMs,
    unwatchedMs,
    slowestProbeMs,
    writesAcknowledged,
    writesFound: writesAcknowledged - missing,
    ...(window.firstError === undefined ? {} : { firstError: window.firstError }),
  };
};

/** The report as sentences under its step. */
export const downtimeFacts = (report: DowntimeReport): string[] => [
  outageSentence(report),
  `${report.writesFound} of ${formatCount(report.writesAcknowledged, 'acknowledged write')} found (${formatPercent(report.writesAcknowledged === 0 ? 1 : report.writesFound / report.writesAcknowledged)})`,
  ...(report.unwatchedMs === 0 ? [] : [`nobody looked for ${formatMs(report.unwatchedMs)}: no worker ran`]),
];

/** What an application felt. */
export const outageSentence = (report: DowntimeReport): string => {
  const probes = formatCount(report.probes, 'probe');
  if (report.failedProbes === 0) return `${probes}, none failed: no downtime`;
  const [down, longest] = [formatMs(report.outageMs), formatMs(report.longestOutageMs)];
  const allowed = report.budgetMs === 0 ? 'and none was planned' : `of ${formatMs(report.budgetMs)}`;
  return `${probes}, ${report.failedProbes} failed: down for ${down}, ${longest} at the longest, ${allowed}`;
};

/** For the notes of a plan: who feels it. */
export const downtimeNotes = ({ service, because, budgetMs, dependants }: PlannedDowntime): Note[] => [
  {
    rule: 'downtime.planned',
    message: `${service} stops once, for at most ${formatMs(budgetMs)}: ${because.join('; ')}`,
  },
  ...(dependants.length === 0
    ? []
    : [
        {
          rule: 'downtime.dependants',
          message: `${dependants.join(', ')} cannot reach ${service} meanwhile`,
        },
      ]),
];
