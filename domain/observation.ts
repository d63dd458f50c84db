import type { Reading } from './reading.ts';

/** Limits of one replica. `undefined` means the platform sets none. */
export interface Resources {
  cpus?: number;
  memoryBytes?: number;
}

export type ReplicaState = 'running' | 'created' | 'restarting' | 'paused' | 'exited';
export type ReplicaHealth = 'healthy' | 'starting' | 'unhealthy' | 'none';

/** One replica as the platform reports it. */
export interface Replica {
  /** The platform's own id (a container id on Compose). */
  id: string;
  /** The name an operator sees, e.g. `chat4all-api-gateway-2`. */
  name: string;
  service: string;
  /** Position of the replica in its service, from 1. */
  number: number;
  state: ReplicaState;
  /** `none` when the image defines no health check. */
  health: ReplicaHealth;
  createdAtMs: number;
  restartCount: number;
  /** Host or address under which the worker reaches it, where there is one. */
  address?: string;
  limits: Resources;
  /** The operation that made it (the label a retry recognises its own work by), where Crescendo made it. */
  operationId?: string;
}

/** Use of one replica. CPU is a ratio of its limit (1 = all of it), memory the working set as a ratio of its limit. */
export interface ReplicaUsage {
  cpuOfLimit: Reading;
  memoryOfLimit: Reading;
  cpus: Reading;
  memoryBytes: Reading;
}

/** What is true of one service now. Ratios are 0 to 1, rates per minute. */
export interface ServiceObservation {
  service: string;
  /** Sorted by number. */
  replicas: Replica[];
  /** By replica name. */
  usage: Record<string, ReplicaUsage>;
  requestRatePerMinute: Reading;
  /** Failed requests as a ratio of all, over the sampling window. */
  errorRate: Reading;
  p95Ms: Reading;
  /** Busiest pool of the service as a ratio of its size. */
  poolUtilization: Reading;
  /** Lines per minute that match the service's `processing` pattern (connectors). */
  processingRatePerMinute: Reading;
}

/** State of one Kafka consumer group. */
export interface GroupObservation {
  group: string;
  topic: string;
  state: string;
  members: number;
  partitions: number;
  /** Members that have at least one partition. */
  assignedMembers: number;
  /** Partitions of each member, by a name of it; left out where nobody can tell. */
  memberPartitions?: Readonly<Record<string, number[]>>;
  lagMessages: Reading;
}

/** Room on the hosts that carry the platform. */
export interface HostObservation {
  cpus: number;
  memoryBytes: number;
  /** Sum of the limits of all running replicas of every service; a replica without a limit counts its use. */
  reservedCpus: Reading;
  reservedMemoryBytes: Reading;
  availableMemoryBytes: Reading;
}

/** What is true now, with its time and sources. */
export interface Observation {
  environment: string;
  atMs: number;
  /** Length of the window over which rates and P95 were measured. */
  windowMs: number;
  services: Record<string, ServiceObservation>;
  /** Containers of what the services stand on, by service: see domain/infrastructure.ts. Left out where nobody looked. */
  infrastructure?: Record<string, Replica[]>;
  /** By group name. */
  groups: Record<string, GroupObservation>;
  host: HostObservation;
}
