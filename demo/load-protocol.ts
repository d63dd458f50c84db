/** What a wave is told at its start. The token goes over IPC: an argument would stand in the process list. */
export interface WaveOrder {
  url: string;
  token: string;
  ratePerSecond: number;
  timeoutMs: number;
}

/** What a wave tells several times a second. */
export interface Partial {
  sent: number;
  /** Of the requests that were answered well. */
  latenciesMs: number[];
  /** Answered with an error, or the connection broke. */
  failed: number;
  /** Not answered in time. */
  timedOut: number;
}
