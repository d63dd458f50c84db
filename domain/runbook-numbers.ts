/**
 * The numbers of the runbook, each at one place. Ratios are 0 to 1, times in ms, rates per minute.
 */

/** "Resource Utilization Thresholds": scale up when. CPU and memory must hold for `sustainedMs`. */
export const scaleUpAbove = {
  cpuOfLimit: 0.7,
  memoryOfLimit: 0.8,
  p95Ms: 2000,
  errorRate: 0.01,
  lagMessages: 1000,
  poolUtilization: 0.8,
  sustainedMs: 5 * 60_000,
} as const;

/** "Resource Utilization Thresholds": scale down when both hold for `sustainedMs` and everything is healthy. */
export const scaleDownBelow = { cpuOfLimit: 0.3, memoryOfLimit: 0.5, sustainedMs: 15 * 60_000 } as const;

/** Scenario 1, "Indicators". */
export const emergencyAbove = { timesNormalRate: 2, p95Ms: 5000, errorRate: 0.05 } as const;

/** "Performance Benchmarks": expected after scaling. */
export const benchmarkBelow = {
  p95Ms: 500,
  errorRate: 0.001,
  lagMessages: 100,
  poolUtilization: 0.7,
  memoryOfLimit: 0.8,
} as const;

/** Appendix, "Traffic Estimation": 50 % headroom for spikes. */
export const safetyFactor = 1.5;
