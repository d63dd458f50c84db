/**
 * Stable types of every ApplicationFailure that Crescendo throws. The name is a contract: alerts, tests and people
 * match on it. `retryable: false` means that trying again cannot help.
 */
export const errorTypes = {
  InvalidInput: { retryable: false },
  InvalidCatalog: { retryable: false },
  UnknownService: { retryable: false },
  PlanRefused: { retryable: false },
  Drift: { retryable: false },
  LeaseHeld: { retryable: false },
  LeaseLost: { retryable: false },
  StaleFencingToken: { retryable: false },
  FileNotFound: { retryable: false },
  NotScalable: { retryable: false },
  ComposeFileRejected: { retryable: false },
  FileChanged: { retryable: false },
  GateFailed: { retryable: false },
  ValidationFailed: { retryable: false },
  ChecklistFailed: { retryable: false },
  TrafficNotStable: { retryable: false },
  UpstreamRejected: { retryable: false },
  UpstreamNotReached: { retryable: true },
  ReplicaNotReady: { retryable: true },
  ReplicaCrashed: { retryable: false },
  GroupNotStable: { retryable: true },
  LagNotFalling: { retryable: true },
  ProcedureNotStopped: { retryable: true },
  PlatformUnavailable: { retryable: true },
  KafkaUnavailable: { retryable: true },
  MetricsUnavailable: { retryable: true },
  DatabaseUnavailable: { retryable: true },
  SettingRejected: { retryable: false },
  DowntimeBudgetSpent: { retryable: false },
  PreparationFailed: { retryable: false },
  BackupFailed: { retryable: false },
  WritesLost: { retryable: false },
  ClusterNotFormed: { retryable: true },
  BrokerNotJoined: { retryable: true },
  BrokerInUse: { retryable: false },
  NotUndoable: { retryable: false },
} as const;

export type ErrorType = keyof typeof errorTypes;
