import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../../activities/contract.ts';

/** All timeouts and retry policies of every procedure. Waits get their own time from the caller, on top of these. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Errors that say "the time is over": trying again would only double the wait that the caller asked for. */
const TIME_IS_OVER = [
  'ReplicaNotReady',
  'UpstreamNotReached',
  'GroupNotStable',
  'LagNotFalling',
  'BrokerNotJoined',
  'ClusterNotFormed',
  'ProcedureNotStopped',
  'DatabaseUnavailable',
  'SettingRejected',
];

/** Something that answers within seconds; retried long enough to outlive a restart of the engine or a broker. */
const read: ActivityOptions = {
  startToCloseTimeout: 45 * SECOND,
  scheduleToCloseTimeout: 4 * MINUTE,
  heartbeatTimeout: 15 * SECOND,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5s' },
};

/** Worth knowing, and not worth keeping anybody from what comes next. */
const glance: ActivityOptions = {
  startToCloseTimeout: 20 * SECOND,
  scheduleToCloseTimeout: 30 * SECOND,
  heartbeatTimeout: 15 * SECOND,
  retry: { initialInterval: '500ms', maximumAttempts: 2 },
};

/**
 * A change of the world: longer, since removal spends the grace of each replica. A cancel waits until the attempt has
 * really ended, so that an undo never runs beside it.
 */
const write: ActivityOptions = {
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  startToCloseTimeout: 10 * MINUTE,
  scheduleToCloseTimeout: 15 * MINUTE,
  heartbeatTimeout: 15 * SECOND,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 20 },
};

/** Waits for a condition for `waitMs`. A worker that dies in it costs at most the heartbeat timeout and a second wait. */
const wait = (waitMs: number): ActivityOptions => ({
  startToCloseTimeout: waitMs + 30 * SECOND,
  scheduleToCloseTimeout: 2 * waitMs + 5 * MINUTE,
  heartbeatTimeout: 10 * SECOND,
  retry: {
    initialInterval: '500ms',
    backoffCoefficient: 1.5,
    maximumInterval: '3s',
    nonRetryableErrorTypes: TIME_IS_OVER,
  },
});

/** A change that waits for its own effect. */
const waitingWrite = (waitMs: number): ActivityOptions => ({
  ...wait(waitMs),
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/**
 * A watched wait of up to a day. No end for all attempts together: workers that are away for long have seen nothing that would be a
 * reason to give up, and the one that comes back goes on from the last heartbeat.
 */
const watch = (waitMs: number): ActivityOptions => ({
  startToCloseTimeout: waitMs + 2 * MINUTE,
  heartbeatTimeout: 10 * SECOND,
  retry: { initialInterval: '500ms', backoffCoefficient: 1.5, maximumInterval: '3s' },
});

/** Copies of data take as long as they take; a cancel waits until the attempt has really ended. */
const move: ActivityOptions = {
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  startToCloseTimeout: 24 * 60 * MINUTE,
  heartbeatTimeout: 15 * SECOND,
  retry: {
    initialInterval: '500ms',
    backoffCoefficient: 2,
    maximumInterval: '5s',
    maximumAttempts: 100,
    nonRetryableErrorTypes: ['BrokerNotJoined'],
  },
};

/** Talks to Temporal itself: retried for as long as it takes, nothing else can go on without it. */
const control: ActivityOptions = {
  startToCloseTimeout: 20 * SECOND,
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s' },
};

/**
 * Runs beside the procedure until it is cancelled, and then says what it saw. A short heartbeat: what passes between the death of a worker and
 * the next attempt is time that nobody looked, and a cancel comes with a heartbeat.
 */
const probe: ActivityOptions = {
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  startToCloseTimeout: 24 * 60 * MINUTE,
  heartbeatTimeout: 4 * SECOND,
  retry: { initialInterval: '250ms', backoffCoefficient: 1, maximumInterval: '250ms' },
};

const optionsOf: Record<keyof Activities, (waitMs: number) => ActivityOptions> = {
  loadCatalog: () => read,
  observe: () => read,
  readReplicas: () => read,
  findObstacles: () => read,
  readPartitions: () => read,
  checkFunction: () => read,
  excerptErrors: () => glance,
  readStorage: () => read,
  backUpComposeFile: () => read,
  checkHealth: () => read,
  scanLogs: () => read,
  spreadRequests: () => wait(60 * SECOND),
  sendMessages: wait,
  pruneUnused: () => write,
  scaleService: () => write,
  drainReplicas: () => write,
  reloadUpstream: () => write,
  editComposeFile: () => write,
  restoreComposeFile: () => write,
  compareComposeFile: () => read,
  renewService: () => write,
  addServices: () => write,
  removeServices: () => write,
  readKafka: () => read,
  readBrokerSettings: () => read,
  findTakenNames: () => read,
  keepPartitions: () => read,
  increasePartitions: () => write,
  restartReplica: () => write,
  addBrokers: () => write,
  removeBrokers: () => write,
  movePartitions: () => move,
  waitForBrokers: wait,
  waitForCopiesInSync: wait,
  waitForReplicas: wait,
  proveEveryReplicaReached: wait,
  waitForRebalance: wait,
  waitForLagToFall: wait,
  watchEffectiveness: wait,
  watchGate: watch,
  watchTraffic: watch,
  waitForHolderToEnd: wait,
  stopProcedure: wait,
  requestLease: () => control,
  releaseLease: () => control,
  readProcedure: () => control,
  listProcedures: () => control,
  readLeases: () => control,
  readUpstream: () => read,
  readDatabaseContainer: () => read,
  readPostgres: () => read,
  readRedis: () => read,
  readMongodb: () => read,
  readMongodbNode: () => read,
  initiateReplicaSet: () => write,
  joinReplicaSet: () => write,
  leaveReplicaSet: () => write,
  giveVotes: () => write,
  takeVotes: () => write,
  waitForNodes: wait,
  waitForMember: wait,
  proveReplicaSet: wait,
  resizeContainer: () => write,
  applyDatabaseSettings: () => write,
  replaceContainer: () => write,
  putContainerBack: () => write,
  removeReplacedContainer: () => write,
  backUpDatabase: () => move,
  waitForDatabase: wait,
  prepareProbe: () => read,
  probeDatabase: () => probe,
  countProbeWrites: () => read,
  readReplication: () => read,
  admitReplica: () => write,
  dismissReplica: () => write,
  addReadReplica: () => move,
  removeReadReplica: () => write,
  waitForStreaming: wait,
  readRedisCluster: () => read,
  formRedisCluster: waitingWrite,
  copyRedisKeys: () => move,
  waitForRedisCluster: wait,
  proveRedisKeys: () => move,
};

const proxy = proxyActivities<Activities>({ startToCloseTimeout: '1m' });

/**
 * Runs one activity with the options of its kind. `summary` is what an operator reads beside it in the Temporal UI.
 * `waitMs` is the time that a waiting activity was given.
 */
export function perform<K extends keyof Activities>(
  name: K,
  input: Parameters<Activities[K]>,
  summary: string,
  waitMs = 0,
): Promise<Awaited<ReturnType<Activities[K]>>> {
  const activity = proxy[name] as unknown as {
    executeWithOptions(
      options: ActivityOptions,
      args: unknown[],
    ): Promise<Awaited<ReturnType<Activities[K]>>>;
  };
  return activity.executeWithOptions({ ...optionsOf[name](waitMs), summary: summary.slice(0, 180) }, input);
}
