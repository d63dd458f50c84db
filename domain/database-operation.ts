import type { ServiceFileEdit } from './compose-file-operation.ts';
import { formatBytes } from './format.ts';
import type { Resources } from './observation.ts';

export type DatabaseOperation = ResizeContainer | ApplySettings | ReplaceContainer;

/** Limits of a running container as they shall be: what is left out stays, `null` is no limit. */
export type LimitChange = { [Name in keyof Resources]?: number | null };

/** The limits after the change. */
export const withChange = (limits: Resources, { cpus, memoryBytes }: LimitChange): Resources => {
  const after = {
    cpus: cpus === undefined ? limits.cpus : (cpus ?? undefined),
    memoryBytes: memoryBytes === undefined ? limits.memoryBytes : (memoryBytes ?? undefined),
  };
  return {
    ...(after.cpus === undefined ? {} : { cpus: after.cpus }),
    ...(after.memoryBytes === undefined ? {} : { memoryBytes: after.memoryBytes }),
  };
};

/** CPU and memory of the running container, live, with its memory-and-swap. */
export interface ResizeContainer {
  kind: 'resizeContainer';
  service: string;
  from: LimitChange;
  to: LimitChange;
}

/**
 * Settings of the database that need no restart, as the database writes them; `null` is what it has when nobody sets it here. PostgreSQL:
 * ALTER SYSTEM (RESET) and a reload. Redis: CONFIG SET, and CONFIG REWRITE where it has a file. MongoDB: the parameter `cacheBytes`.
 */
export interface ApplySettings {
  kind: 'applySettings';
  service: string;
  /** Name in `databases` of the catalog. */
  database: string;
  from: Readonly<Record<string, string | null>>;
  to: Readonly<Record<string, string | null>>;
}

export type StoredAs = 'appendOnlyFile' | 'snapshot';

/**
 * The one restart of a change that needs one: a container by the edited compose file takes the place of the one that runs, on the same
 * volumes. The old one stays beside it, stopped, until the procedure has ended: what puts it back is to start it again.
 */
export interface ReplaceContainer {
  kind: 'replaceContainer';
  service: string;
  database: string;
  /** What stands in the compose file by now, and differs from the container that runs. */
  edit: ServiceFileEdit;
  /** What the containers of before and after read at their start, where that may differ: complete at the stop of either. Redis. */
  storedAs?: readonly StoredAs[];
  /** From the stop to the first query that is answered: what it may take. */
  budgetMs: number;
  at: 'apply' | 'undo';
}

/** How an operation on a database reads in a plan. */
export const databaseChangeOf = (operation: DatabaseOperation): { mark: string; change: string } => {
  switch (operation.kind) {
    case 'resizeContainer':
      return {
        mark: '~',
        change: `limits ${resourcesText(operation.from)} -> ${resourcesText(operation.to)}, live`,
      };
    case 'applySettings':
      return {
        mark: '~',
        change: Object.entries(operation.to)
          .map(([name, value]) => `${name} ${settingText(operation.from[name])} -> ${settingText(value)}`)
          .join(', '),
      };
    case 'replaceContainer':
      return {
        mark: '~',
        change:
          operation.at === 'apply' ? 'one restart, by the compose file' : 'the container that ran before',
      };
  }
};

const settingText = (value: string | null | undefined): string =>
  value === null || value === undefined ? 'not set' : value === '' ? '""' : value;

const resourcesText = ({ cpus, memoryBytes }: LimitChange): string =>
  [
    ...(cpus === undefined ? [] : [cpus === null ? 'no limit of CPU' : `${cpus} CPU`]),
    ...(memoryBytes === undefined
      ? []
      : [memoryBytes === null ? 'no limit of memory' : formatBytes(memoryBytes)]),
  ].join(' and ') || 'none';
