import type { Resources } from './observation.ts';

/**
 * The description of one platform: what an operator would otherwise carry in their head and in the runbook.
 * Plain frozen data in SI units; human forms ('15m', '1.5G', '500 req/min') are parsed by `config/` at the edge.
 */
export interface Catalog {
  /** Names the task queue (`crescendo-<environment>`), the lease and the incident. */
  environment: string;
  platform: PlatformSpec;
  services: Record<string, ServiceSpec>;
  loadBalancer?: LoadBalancerSpec;
  kafka?: KafkaSpec;
  /** Databases of the platform by name, for `doctor` and for pools that are watched. */
  databases?: Record<string, DatabaseSpec>;
  /** Request rate per minute of a normal day at the front door, for the "> 2x normal" indicator. */
  normalRequestRatePerMinute?: number;
  emergency: EmergencySpec;
  /** A message that is sent through the front door and followed to its delivery. */
  endToEnd?: EndToEndSpec;
}

export type PlatformSpec = ComposePlatformSpec | SimulatedPlatformSpec;

export interface ComposePlatformSpec {
  kind: 'compose';
  /** Compose project name (label com.docker.compose.project). */
  project: string;
  /** The compose file, absolute or relative to the catalog's folder; absolute after loading. */
  composeFile?: string;
  /** Unix socket of the engine; DOCKER_HOST or the default socket when left out. */
  socketPath?: string;
}

export interface SimulatedPlatformSpec {
  kind: 'simulated';
  seed: number;
}

export type Tier = 'high' | 'medium' | 'infrastructure';

export interface ServiceSpec {
  name: string;
  tier: Tier;
  /** The runbook's scaling priority: 1 is scaled first. */
  priority: number;
  /** Groups services that stand for one another in a procedure, e.g. `connector`. */
  role: string;
  replicas: { min: number; max: number };
  /** What one replica carries at 70 % CPU. */
  capacity?: { perMinute: number; of: 'requests' | 'messages' };
  /** Needs of one replica (the runbook's "Per Service Instance" baseline). */
  baseline?: Resources;
  /** Kafka consumer group of the service. */
  consumer?: { group: string; topic: string };
  /** Topics that it reads or writes beside that one: it is restarted when one of them gets more partitions. */
  otherTopics?: string[];
  /** Line of the log that proves a start. */
  startedPattern?: string;
  /** Line of the log written for each message in work. */
  processingPattern?: string;
  metrics?: ActuatorSpec;
  /** Time between SIGTERM and SIGKILL on the way down. */
  stopGraceMs: number;
}

/** Spring Boot actuator (or anything that answers like it) on each replica. */
export interface ActuatorSpec {
  kind: 'actuator';
  port: number;
  /** Usually `/actuator`. */
  basePath: string;
}

export interface LoadBalancerSpec {
  kind: 'nginx';
  /** Compose service that runs nginx. */
  service: string;
  /** Service behind it, the one whose replicas stand in the upstream. */
  upstreamService: string;
  upstreamName: string;
  /** Port of the replicas. */
  upstreamPort: number;
  /** File inside the nginx container that Crescendo renders. */
  configFile: string;
  serverName: string;
  /** Port that nginx listens on inside its container. */
  listenPort: number;
  /** Where a client reaches the balancer from the worker. */
  url: string;
  /** Path that every replica answers and that the health check does not use; counted per replica to prove reach. */
  probePath: string;
}

export interface KafkaSpec {
  /** `host:port` as the worker reaches them. */
  brokers: string[];
  /** Compose service that runs the broker: for its CPU and disk, and to add brokers beside it. */
  service?: string;
}

export interface DatabaseSpec {
  kind: 'mongodb' | 'postgres' | 'redis';
  /** Compose service that runs it. */
  service: string;
  /** Reference to the connection URL, `env:NAME` or `file:PATH`: only workers and the doctor resolve it. */
  url: string;
  /** Services that cannot work while it is down. */
  dependants?: string[];
  /** Argument list that backs it up, run in its container before it is stopped. */
  backup?: string[];
  /** Time between its stop signal and SIGKILL. */
  stopGraceMs: number;
}

/** Post-Scaling Validation 5, "Test end-to-end functionality". */
export interface EndToEndSpec {
  /** Where it is posted, behind the balancer's URL. */
  path: string;
  /** Reference to the bearer token, `env:NAME` or `file:PATH`: only workers resolve it. */
  token: string;
  /** The fields of its JSON body. */
  body: Readonly<Record<string, string>>;
  /** Field of the answer that holds its id. */
  idField: string;
  /** Where its state is asked for; `{id}` stands for the id. */
  statusPath: string;
  /** Field of that answer, and what it says once the message is delivered. */
  statusField: string;
  delivered: string;
}

/** Scenario 1 of the runbook for this platform, in the runbook's order. */
export interface EmergencySpec {
  steps: EmergencyStepSpec[];
}

export type EmergencyStepSpec =
  { service: string; replicas: number } | { busiestOfRole: string; replicas: number };
