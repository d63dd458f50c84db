import type { AddedService } from '../domain/added-service.ts';
import type { FileDifferences, ServiceFileEdit } from '../domain/compose-file-operation.ts';
import type { LimitChange } from '../domain/database-operation.ts';
import type { Obstacle } from '../domain/obstacle.ts';
import type { HostObservation, Replica, ReplicaUsage, Resources } from '../domain/observation.ts';
import type { Storage, StorageKind } from '../domain/storage.ts';
import type { TakenNames, WantedNames } from '../domain/taken-names.ts';

/** Identity of a write: a retry with the same `operationId` finds its own work; an older token is refused. */
export interface WriteContext {
  /** `<workflow id>/<step>/<operation>`: never the attempt or the run. */
  operationId: string;
  /** From the lease. A driver refuses a token lower than one it has already seen on the service (`StaleFencingToken`). */
  fencingToken: number;
  signal?: AbortSignal;
  /** Called with each step of progress, for heartbeats. */
  onProgress?: (progress: string) => void;
}

export interface ScaleRequest {
  service: string;
  /** Absolute target. */
  replicas: number;
  /** Grace between SIGTERM and SIGKILL for each replica that goes. */
  stopGraceMs: number;
}

export interface ScaleResult {
  created: string[];
  started: string[];
  removed: string[];
  /** After the change, sorted by number. */
  replicas: Replica[];
}

/** What a prune threw away. */
export interface Pruned {
  kind: StorageKind;
  count: number;
  bytes: number;
}

export interface RenewRequest {
  service: string;
  /** Made by the definition of now, at least: an absolute target. */
  replicas: number;
}

/** The one container of a service that keeps data. */
export interface Described {
  name: string;
  /** Argument list that it runs with. */
  command: string[];
  limits: Resources;
  /** The definition has changed since it was made. */
  isOutdated: boolean;
}

export interface ReplaceRequest {
  service: string;
  /** What the definition says by now, and the container that runs does not. */
  edit: ServiceFileEdit;
  stopGraceMs: number;
  /** Called right before the stop, while it still answers; not for one that has stopped already. */
  beforeStop: () => Promise<void>;
}

export interface Replaced {
  name: string;
  startedAtMs: number;
  /** Of the one before; left out where nothing had to be replaced. */
  stoppedAtMs?: number;
}

export interface DefinitionChange {
  edits: Readonly<Record<string, ServiceFileEdit>>;
  backup: string;
  signal?: AbortSignal;
}

export interface AddedServices {
  added: Readonly<Record<string, AddedService>>;
  backup: string;
  /** Run in the volumes of a service before its first start, one after the other; after a failure all over again. */
  prepare?: readonly PreparingCommand[];
  /** For their removal. */
  stopGraceMs: number;
  signal?: AbortSignal;
}

export interface PreparingCommand {
  program: string;
  args: readonly string[];
  /** User of the container; the image's own when left out. */
  user?: string;
  /** Secrets go here: they stand in no argument list and in no file. */
  environment?: Readonly<Record<string, string>>;
}

export interface LogQuery {
  tail?: number;
  sinceMs?: number;
  untilMs?: number;
}

export interface LogLine {
  replica: string;
  /** Time of the platform, 0 where it gives none. */
  atMs: number;
  text: string;
}

/**
 * The only door to a platform. A driver reads and sets; it decides nothing about scaling.
 * Every call stops when `signal` aborts. Errors are `CrescendoError` with one of the types in domain/errors.ts.
 */
export interface Platform {
  readonly kind: 'compose' | 'swarm' | 'kubernetes' | 'simulated';
  /** Replicas of the named services (all when left out), by service, each list sorted by number. */
  observe(services?: readonly string[], signal?: AbortSignal): Promise<Record<string, Replica[]>>;
  host(signal?: AbortSignal): Promise<HostObservation>;
  /** The disk of the engine's host, what lies on it, and what of that nothing uses. */
  storage(signal?: AbortSignal): Promise<Storage>;
  /** Throws away what nothing uses, of these kinds only. */
  prune(kinds: readonly StorageKind[], signal?: AbortSignal): Promise<Pruned[]>;
  /** CPU and memory of each running replica, by replica name, over about `windowMs`. */
  stats(
    services: readonly string[],
    options: { windowMs: number; signal?: AbortSignal },
  ): Promise<Record<string, ReplicaUsage>>;
  /** Sets the count and returns as soon as the platform took it: waiting for health is the caller's. */
  scale(request: ScaleRequest, context: WriteContext): Promise<ScaleResult>;
  /**
   * Resolves at the first change of state or health of the services, or after `timeoutMs`. Told what the caller has
   * `seen` of them (a result of `observe`), it resolves at once when that is so no more: nothing that changes between
   * looking and waiting is missed.
   */
  nextChange(
    services: readonly string[],
    options: {
      timeoutMs: number;
      seen?: Readonly<Record<string, readonly Replica[]>>;
      signal?: AbortSignal;
    },
  ): Promise<void>;
  restart(replica: string, options: { stopGraceMs: number }, context: WriteContext): Promise<void>;
  /**
   * SIGTERM, the grace, SIGKILL for one replica, which stays there and is no longer running. The exit code is that of its process, where
   * the platform has one.
   */
  stopReplica(
    replica: string,
    options: { stopGraceMs: number },
    context: WriteContext,
  ): Promise<{ exitCode?: number }>;
  stop(service: string, options: { stopGraceMs: number }, context: WriteContext): Promise<void>;
  /** Starts every replica that is there, but those that a `replace` keeps aside. */
  start(service: string, context: WriteContext): Promise<void>;
  /** Changes CPU and memory of the running replicas without a restart. NotScalable for a limit that cannot be taken off. */
  resize(service: string, limits: LimitChange, context: WriteContext): Promise<void>;
  logs(replica: string, query: LogQuery, signal?: AbortSignal): Promise<LogLine[]>;
  /** Runs an argument list (never a shell string) inside a replica. */
  exec(
    replica: string,
    argv: readonly string[],
    options?: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  readFile(replica: string, path: string, signal?: AbortSignal): Promise<string>;
  writeFile(replica: string, path: string, content: string, signal?: AbortSignal): Promise<void>;
  /** Writes into the file that defines the services, after a copy of its bytes named `backup`, beside it. Returns facts. */
  editDefinition(change: DefinitionChange): Promise<string[]>;
  /** Puts the bytes of the copy back; `FileChanged` where somebody else edited the file meanwhile. Returns facts. */
  restoreDefinition(change: DefinitionChange): Promise<string[]>;
  /** Lines that the changes, oldest first, have made, and lines that somebody else has changed since. */
  compareDefinition(changes: readonly DefinitionChange[]): Promise<FileDifferences>;
  /** Names of the replicas that the definition of now has not made. */
  outdated(service: string, signal?: AbortSignal): Promise<string[]>;
  /** Makes replicas by the definition of now, beside the outdated ones. Returns the names of those made. */
  renew(request: RenewRequest, context: WriteContext): Promise<string[]>;
  /** The one container of a service that keeps data; NotScalable where it has none or several. */
  describe(service: string, signal?: AbortSignal): Promise<Described>;
  /** One restart: a replica by the definition of now in the place of the one that runs, which stays beside it, stopped. */
  replace(request: ReplaceRequest, context: WriteContext): Promise<Replaced>;
  /** The replica that was replaced runs again. Returns facts. */
  putBack(request: { service: string; stopGraceMs: number }, context: WriteContext): Promise<string[]>;
  /** Away with the replica that was replaced, not with its data. Returns its name, where there was one. */
  removeReplaced(service: string, context: WriteContext): Promise<string[]>;
  /** Which of these names are in use already, in the definition or on the platform. */
  taken(names: WantedNames, signal?: AbortSignal): Promise<TakenNames>;
  /** Writes services into that file and starts them, and nothing else. Returns facts. */
  addServices(wanted: AddedServices): Promise<string[]>;
  /** Takes their containers, their volumes and their place in the file away. Returns facts. */
  removeServices(wanted: AddedServices): Promise<string[]>;
  /** What in the definition of the services forbids more than one replica. */
  obstacles(services: readonly string[], signal?: AbortSignal): Promise<Obstacle[]>;
  close(): Promise<void>;
}
