/**
 * Empty and stop the replicas beyond the `to` oldest, one at a time, newest first, so that nothing they have taken is lost.
 * They are stopped afterwards, and still there.
 */
export interface DrainReplicas {
  kind: 'drainReplicas';
  service: string;
  from: number;
  to: number;
  /** How long their last connections may take before they are stopped all the same. */
  drainMs: number;
}
