import type { AddedService } from './added-service.ts';
import { backupName } from './backup-name.ts';
import type { Catalog } from './catalog.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { formatBytes, formatCount } from './format.ts';
import { uncalledRule } from './plan-resize.ts';
import { withHash } from './plan-hash.ts';
import type { Cause, Note, Plan, PlanStep, Refusal } from './plan.ts';
import type { PostgresReadings } from './postgres-readings.ts';
import { postgresSymptoms } from './postgres-rules.ts';
import { readReplicaNames } from './read-replica-names.ts';
import { valueOf } from './reading.ts';
import type { ReplicationSeen } from './replication-seen.ts';
import { causeOf } from './rule.ts';

export interface ReadReplicaPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  /** Name in `databases` of the catalog. */
  database: string;
  container: DatabaseContainer;
  readings: PostgresReadings;
  replication: ReplicationSeen;
  /** Service of the replica to be. */
  replica: string;
  /** How far it may be behind when it is called good. */
  maxLagBytes: number;
}

/**
 * Runbook 3.3, "Read Replicas": a slot and a line of pg_hba.conf on the primary, live, then a service with a base backup of it that
 * follows it. The runbook's POSTGRES_REPLICATION_MODE is known to no official image; the primary is not touched otherwise, and does not stop.
 */
export const planReadReplica = (input: ReadReplicaPlanInput): Plan => {
  const { catalog, container, readings, replication, replica, database } = input;
  const slot = slotOf(replica);
  const streams = replication.streaming.some((standby) => standby.slot === slot);
  const isThere = streams && Object.hasOwn(replication.taken.services, replica);
  const refusals = isThere ? [] : refusalsOf(input, slot);
  const symptoms = postgresSymptoms(readings, container.cpuOfLimit);
  const fired = symptoms.filter((rule) => rule.fired === true).map(causeOf);
  const causes = fired.length === 0 ? [wished] : fired;
  return withHash({
    procedure: 'addReadReplica',
    environment: catalog.environment,
    catalogHash: input.catalogHash,
    observedAtMs: input.observedAtMs,
    finding: isThere
      ? `${replica} streams from ${container.service} already`
      : `${container.service} has ${formatCount(replication.streaming.length, 'standby')}; ${replica} follows it from a base backup of ${formatBytes(readings.databaseBytes)}, no downtime`,
    steps: isThere || refusals.length > 0 ? [] : stepsOf(input, slot, causes),
    refusals,
    notes: [
      ...symptoms
        .filter((rule) => rule.fired === 'unknown')
        .map(({ rule, sentence }) => ({ rule, message: sentence })),
      ...(isThere || fired.length > 0 ? [] : [{ rule: uncalledRule, message: wished.sentence }]),
      ...(isThere ? [] : slotNotes(replication, slot, replica)),
      {
        rule: 'read-replica.clients',
        message: datasourceNote(catalog, database, container.service, replica, replication.databaseName),
      },
    ],
  });
};

const wished: Cause = {
  rule: 'database.asked',
  sentence: 'it was asked for: no symptom of the runbook calls for it',
};

/** Small letters, digits and underscores are all that PostgreSQL takes. */
export const slotOf = (replica: string): string => `crescendo_${replica.replaceAll('-', '_')}`;

const stepsOf = (input: ReadReplicaPlanInput, slot: string, causes: Cause[]): PlanStep[] => {
  const { container, database, replica, replication, maxLagBytes, observedAtMs } = input;
  const { service } = container;
  const names = readReplicaNames(container, replica);
  const { dataFolder } = replication;
  const added: Record<string, AddedService> = {
    [replica]: {
      like: service,
      // Settings that a standby must not have smaller than its primary stand in the same command, or in the base backup.
      containerName: names.container,
      volumes: { [names.volume]: dataFolder },
    },
  };
  return [
    {
      id: 'admit',
      title: `Let ${replica} in: a slot, and a line of pg_hba.conf`,
      service,
      causes,
      operations: [{ kind: 'admitReplica', service, database, slot, at: 'apply' }],
      checks: [{ kind: 'databaseAnswers', service, database, settings: {} }],
      undoable: true,
    },
    {
      id: 'replica',
      title: `Add ${replica} with a base backup, and wait until it streams`,
      service,
      causes,
      operations: [
        {
          kind: 'addReadReplica',
          service,
          database,
          slot,
          added,
          dataFolder,
          backup: backupName(observedAtMs),
          at: 'apply',
        },
      ],
      checks: [{ kind: 'replicaStreams', service, database, replica, slot, maxLagBytes }],
      undoable: true,
    },
  ];
};

/** What a copy needs beside its own size: the log that is written while it is made. */
const roomAboveCopyBytes = 256 * 2 ** 20;

const refusalsOf = (input: ReadReplicaPlanInput, slot: string): Refusal[] => {
  const { container, readings, replication, replica } = input;
  const { user, walLevel, senders, slots } = replication;
  const diskFreeBytes = valueOf(container.diskFreeBytes);
  const hostFreeBytes = valueOf(container.host.availableMemoryBytes);
  const { memoryBytes } = container.limits;
  const needsBytes = readings.databaseBytes + roomAboveCopyBytes;
  const hasSlot = slots.names.includes(slot);
  const refusals: (Refusal | false)[] = [
    readings.isInRecovery && {
      rule: 'postgres.standby',
      path: 'database',
      message: 'this server is a standby itself',
      remedy: 'name the primary in the catalog',
    },
    ...nameRefusals(input),
    !user.isSuperuser && {
      rule: 'read-replica.role',
      path: 'database',
      message: `${user.name} is no superuser: the rules of pg_hba.conf can be read by one only`,
      remedy: 'give the URL of a superuser to this procedure: databases.NAME.url of the catalog names it',
    },
    walLevel === 'minimal' && {
      rule: 'read-replica.wal-level',
      path: 'database',
      message: 'wal_level is minimal: what a standby needs is not written',
      remedy: 'run resizePostgres with the setting wal_level=replica first: it needs a restart',
    },
    senders.used + sendersNeeded > senders.max && {
      rule: 'read-replica.senders',
      path: 'database',
      message: `max_wal_senders is ${senders.max}, ${senders.used} are in use; a base backup takes ${sendersNeeded}`,
      remedy: `run resizePostgres with max_wal_senders=${senders.used + 10} first: it needs a restart`,
    },
    !hasSlot &&
      slots.names.length >= slots.max && {
        rule: 'read-replica.slots',
        path: 'database',
        message: `all ${slots.max} replication slots are taken: ${slots.names.join(', ')}`,
        remedy: 'drop one that nobody uses, or raise max_replication_slots: it needs a restart',
      },
    diskFreeBytes !== undefined &&
      diskFreeBytes < needsBytes && {
        rule: 'read-replica.disk',
        path: 'disk',
        message: `the disk has ${formatBytes(diskFreeBytes)} free, a copy of ${container.service} needs ${formatBytes(needsBytes)}`,
        remedy: 'make room on the disk of the volumes first',
      },
    memoryBytes !== undefined &&
      hostFreeBytes !== undefined &&
      memoryBytes > hostFreeBytes && {
        rule: 'read-replica.memory',
        path: 'name',
        message: `${replica} may take ${formatBytes(memoryBytes)} as ${container.service} does, the host has ${formatBytes(hostFreeBytes)} left`,
        remedy: 'make room on the host first',
      },
    container.isOutdated && {
      rule: 'compose-file.drift',
      path: 'composeFile',
      message: `the compose file has changed since ${container.name} was made: the replica would be made like what does not run`,
      remedy: `run \`docker compose up -d ${container.service}\` first, or put the file back`,
    },
  ];
  return refusals.filter((refusal) => refusal !== false);
};

/** What goes by one of the names would be emptied for the base backup, and taken away by an undo. */
const nameRefusals = ({ container, replication, replica }: ReadReplicaPlanInput): Refusal[] => {
  const { services, volumes, containers = [] } = replication.taken;
  const names = readReplicaNames(container, replica);
  if (Object.hasOwn(services, replica))
    return [
      {
        rule: 'read-replica.name',
        path: 'name',
        message: `there is a service ${replica} already, and it does not stream from ${container.service}`,
        remedy:
          'run repair if a procedure was cut off, else choose another name, or remove that service first',
      },
    ];
  const refusals: (Refusal | false)[] = [
    volumes.includes(names.volume) && {
      rule: 'read-replica.volume-taken',
      path: 'name',
      message: `the volume ${names.volume} is there already: a base backup begins with nothing, so what is in it would be deleted`,
      remedy: 'choose another name, or remove the volume if nobody needs it',
    },
    containers.includes(names.container) && {
      rule: 'read-replica.container-taken',
      path: 'name',
      message: `a container ${names.container} is there already, and it is none of this platform's services`,
      remedy: 'choose another name, or remove that container first',
    },
  ];
  return refusals.filter((refusal) => refusal !== false);
};

/** One for the data, one for the log that is written meanwhile. */
const sendersNeeded = 2;

const slotNotes = (replication: ReplicationSeen, slot: string, replica: string): Note[] =>
  replication.slotKeepsMegabytes >= 0
    ? []
    : [
        {
          rule: 'read-replica.slot-keeps',
          message: `max_slot_wal_keep_size is -1: while ${replica} is away, slot ${slot} keeps every byte that is written, until the primary's disk is full; set a limit, and watch pg_replication_slots`,
        },
      ];

/** The runbook's own snippet, with the names of this platform. */
const datasourceNote = (
  { databases = {} }: Catalog,
  database: string,
  primary: string,
  replica: string,
  databaseName: string,
): string => {
  const readers = databases[database]?.dependants ?? [];
  const source = (host: string, readOnly: boolean): string[] => [
    `        jdbc-url: jdbc:postgresql://${host}:5432/${databaseName}`,
    `        read-only: ${readOnly}`,
  ];
  return [
    `then let ${readers.length === 0 ? 'the services' : readers.join(', ')} read from it; it is a moment behind, so what reads its own writes stays on the primary:`,
    'spring:',
    '  datasource:',
    '    hikari:',
    '      primary:',
    ...source(primary, false),
    '      replica:',
    ...source(replica, true),
  ].join('\n');
};
