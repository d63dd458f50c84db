import type { Catalog } from './catalog.ts';
import type { StoredAs } from './database-operation.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { downtimeNotes, unknownBeforeDowntime, type BackupWord, type PlannedDowntime } from './downtime.ts';
import { formatBytes, formatCount } from './format.ts';
import type { Resources } from './observation.ts';
import { withHash } from './plan-hash.ts';
import type { Cause, Note, Plan, Refusal } from './plan.ts';
import { beforeDowntime, resizeRefusals } from './resize-refusals.ts';
import { hasAny, liveStep, liveSteps, restartStep, roomStep } from './resize-steps.ts';
import { causeOf, type RuleResult } from './rule.ts';

type Settings = Readonly<Record<string, string | null>>;

/** What the vertical scaling of any database is asked for: Scenario 3 of the runbook. */
export interface ResizeAsked {
  limits: Resources;
  reservations: Resources;
  /** `edit`: also what is live goes into the compose file, at the price of a restart. `keep`: the file is not touched. */
  composeFile: 'auto' | 'edit' | 'keep';
  backup: BackupWord | undefined;
  downtimeBudgetMs: number;
}

/** What each database says of its own part. */
export interface ResizeParts {
  procedure: string;
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  database: string;
  container: DatabaseContainer;
  asked: ResizeAsked;
  /** Of settings that are changed without a restart: what they are now, and shall be. */
  live: { from: Settings; to: Settings };
  /** Why it has to start anew, as sentences; empty when nothing needs it. */
  restartBecause: string[];
  /** Settings that are in force after the restart. */
  afterRestart: Settings;
  /** Argument list that it shall run with, where it is replaced. */
  command: readonly string[];
  /** In what its data has to be complete, where the container of before and that one read different files. */
  storedAs?: readonly StoredAs[];
  symptoms: readonly RuleResult[];
  /** Its own guards and notes. */
  refusals: Refusal[];
  notes: Note[];
  /** Of a plan that restarts. */
  restartNotes?: Note[];
  databaseBytes?: number;
  behind?: readonly string[];
}

/**
 * A plan of the least disturbance: what can be changed while it runs is, and only what needs a start makes one, once, with the compose
 * file edited in the same step. Refused where the numbers do not fit, the host or one another.
 */
export const planResize = (parts: ResizeParts): Plan => {
  const { container, database, asked, live, catalog } = parts;
  const limits = changedLimits(container, asked.limits);
  const isAnyChange = limits !== undefined || hasAny(live.to) || parts.restartBecause.length > 0;
  const restarts = isAnyChange && (parts.restartBecause.length > 0 || asked.composeFile === 'edit');
  const downtime = restarts ? downtimeOf(parts) : undefined;
  const refusals = isAnyChange ? resizeRefusals(parts, limits, restarts) : [];
  const fired = parts.symptoms.filter((rule) => rule.fired === true).map(causeOf);
  const causes = fired.length === 0 ? [wished] : fired;
  const steps =
    refusals.length > 0 || !isAnyChange
      ? []
      : restarts
        ? [...roomStep(parts, causes), ...liveStep(parts, causes), restartStep(parts, causes)]
        : liveSteps(parts, causes, limits);
  return withHash({
    procedure: parts.procedure,
    environment: catalog.environment,
    catalogHash: parts.catalogHash,
    observedAtMs: parts.observedAtMs,
    finding: findingOf(parts, limits, restarts, isAnyChange),
    steps,
    refusals,
    ...(downtime === undefined || steps.length === 0 ? {} : { downtime }),
    notes: [
      ...parts.symptoms
        .filter((rule) => rule.fired === 'unknown')
        .map(({ rule, sentence }) => ({ rule, message: sentence })),
      ...(isAnyChange && fired.length === 0 ? [{ rule: uncalledRule, message: wished.sentence }] : []),
      ...parts.notes,
      ...(downtime === undefined
        ? []
        : [
            ...downtimeNotes(downtime),
            ...unknownBeforeDowntime(beforeDowntime(parts)),
            ...(parts.restartNotes ?? []),
          ]),
      ...(isAnyChange && !restarts ? [...limitNotes(container, limits), fileNote(parts)] : []),
    ],
  });

  function downtimeOf({ restartBecause }: ResizeParts): PlannedDowntime {
    return {
      database,
      service: container.service,
      because:
        restartBecause.length > 0
          ? restartBecause
          : ['the compose file is edited, and its container made anew'],
      budgetMs: asked.downtimeBudgetMs,
      dependants: catalog.databases?.[database]?.dependants ?? [],
      backup: asked.backup ?? { kind: 'run' },
    };
  }
};

export const uncalledRule = 'database.not-called-for';
export const wished: Cause = {
  rule: 'database.asked',
  sentence: 'it was asked for: no symptom of the runbook calls for it',
};

/** Somebody's word is needed: it stops a database, or nothing measured calls for it. */
export const needsWord = ({ downtime, notes }: Plan): boolean =>
  downtime !== undefined || notes.some(({ rule }) => rule === uncalledRule);

/** Only what differs; `undefined` when nothing does. */
const changedLimits = ({ limits }: DatabaseContainer, wanted: Resources): Resources | undefined => {
  const changed = {
    ...(wanted.cpus === undefined || wanted.cpus === limits.cpus ? {} : { cpus: wanted.cpus }),
    ...(wanted.memoryBytes === undefined || wanted.memoryBytes === limits.memoryBytes
      ? {}
      : { memoryBytes: wanted.memoryBytes }),
  };
  return Object.keys(changed).length === 0 ? undefined : changed;
};

const findingOf = (
  { container, live, restartBecause }: ResizeParts,
  limits: Resources | undefined,
  restarts: boolean,
  isAnyChange: boolean,
): string => {
  const { service } = container;
  if (!isAnyChange) return `${service} has these limits and settings already`;
  const said = [
    ...(limits === undefined ? [] : [`${resourcesText(container.limits)} to ${resourcesText(limits)}`]),
    ...(hasAny(live.to) ? [`${formatCount(Object.keys(live.to).length, 'setting')} live`] : []),
    ...(restartBecause.length > 0 ? [`${restartBecause.length} by a restart`] : []),
  ];
  return `${service}: ${said.join(', ')}; ${restarts ? 'one restart' : 'no restart'}`;
};

export const resourcesText = ({ cpus, memoryBytes }: Resources): string =>
  [
    ...(cpus === undefined ? [] : [`${cpus} CPU`]),
    ...(memoryBytes === undefined ? [] : [formatBytes(memoryBytes)]),
  ].join(' and ') || 'no limit';

/** An engine takes a quota of CPU off again, but no limit of memory. */
const limitNotes = ({ service, limits }: DatabaseContainer, changed: Resources | undefined): Note[] =>
  changed?.memoryBytes === undefined || limits.memoryBytes !== undefined
    ? []
    : [
        {
          rule: 'memory.stays',
          message: `${service} has no limit of memory, and one that is given live cannot be taken off live: after a rollback it is left over until the container is made anew`,
        },
      ];

/** Compose would make the container anew for an edit, so a live change leaves the file alone and says what belongs there. */
const fileNote = ({ container, asked, command }: ResizeParts): Note => ({
  rule: 'compose-file.kept',
  message: [
    'the compose file stays as it is, and `docker compose up -d` changes nothing; a container that is made anew takes its limits from the file, so put this there at the next restart, or ask for composeFile: edit:',
    fragment(container.service, asked, command),
  ].join('\n'),
});

const fragment = (
  service: string,
  { limits, reservations }: ResizeAsked,
  command: readonly string[],
): string => {
  const lines = (name: string, { cpus, memoryBytes }: Resources): string[] =>
    cpus === undefined && memoryBytes === undefined
      ? []
      : [
          `        ${name}:`,
          ...(cpus === undefined ? [] : [`          cpus: '${cpus}'`]),
          ...(memoryBytes === undefined ? [] : [`          memory: ${Math.round(memoryBytes / 2 ** 20)}M`]),
        ];
  return [
    'services:',
    `  ${service}:`,
    `    command: ${JSON.stringify(command)}`,
    '    deploy:',
    '      resources:',
    ...lines('limits', limits),
    ...lines('reservations', reservations),
  ].join('\n');
};
