import type { ServiceSpec } from '../domain/catalog.ts';
import type { ServiceMetrics } from '../domain/metrics.ts';
import type { Replica } from '../domain/observation.ts';
import type { Reading } from '../domain/reading.ts';

/** Where the request metrics of a service come from: the actuator of its replicas, or a simulation. */
export interface MetricsSource {
  /**
   * Rates, failures, P95 and pool use over about `windowMs`. Never throws for a source that does not answer: its readings are unknown
   * with the reason.
   */
  read(
    service: ServiceSpec,
    replicas: readonly Replica[],
    windowMs: number,
    signal?: AbortSignal,
  ): Promise<ServiceMetrics>;
  /** Requests each replica has answered under this path since its start, by replica name. */
  requestCounts(
    service: ServiceSpec,
    replicas: readonly Replica[],
    path: string,
    signal?: AbortSignal,
  ): Promise<Record<string, Reading>>;
}
