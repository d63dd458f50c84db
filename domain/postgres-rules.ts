import { formatPercent } from './format.ts';
import type { PostgresReadings } from './postgres-readings.ts';
import type { Reading } from './reading.ts';
import { judge, type RuleResult } from './rule.ts';
import { scaleUpAbove } from './runbook-numbers.ts';

/** At most this share of the container's memory: the manual's 19.4.1 calls more "unlikely to work better". */
export const sharedBuffersOfMemory = 0.4;

/**
 * What would call for a larger PostgreSQL, fired or not: runbook 3.3, "Symptoms", with the numbers of 3.1 (100 ms, CPU 80 %).
 * @param cpuOfLimit CPU of the container's limit, 0 to 1
 */
export const postgresSymptoms = (readings: PostgresReadings, cpuOfLimit: Reading): RuleResult[] => [
  judge({
    rule: 'postgres.slow',
    what: 'number of queries in work for longer than 100 ms',
    reading: readings.slowQueries,
    fires: 'above',
    threshold: 0,
    format: String,
  }),
  judge({
    rule: 'postgres.connections',
    what: 'share of max_connections in use',
    reading: readings.poolUtilization,
    fires: 'above',
    threshold: scaleUpAbove.poolUtilization,
    format: formatPercent,
  }),
  judge({
    rule: 'postgres.locks',
    what: 'number of sessions that wait for a lock',
    reading: readings.lockWaits,
    fires: 'above',
    threshold: 0,
    format: String,
  }),
  judge({
    rule: 'postgres.cpu',
    what: "CPU of the container's limit",
    reading: cpuOfLimit,
    fires: 'above',
    threshold: 0.8,
    format: formatPercent,
  }),
];
