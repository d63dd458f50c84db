import type { Catalog } from './catalog.ts';
import { emergencyIndicators } from './emergency-indicators.ts';
import { formatMs, formatPercent } from './format.ts';
import type { Observation } from './observation.ts';
import type { Cause } from './plan.ts';
import { causeOf, judge, type RuleResult } from './rule.ts';
import { scaleUpAbove } from './runbook-numbers.ts';
import { frontDoorOf, groupOf, hottest } from './service-readings.ts';

/**
 * What was measured that speaks for scaling a service now: the runbook's thresholds on one observation (an emergency does
 * not wait for five sustained minutes), and at the front door the indicators of Scenario 1. Only what fired.
 */
export const emergencyCauses = (catalog: Catalog, seen: Observation, service: string): Cause[] => {
  const indicators = frontDoorOf(catalog) === service ? emergencyIndicators(catalog, seen) : [];
  return [...instantRules(catalog, seen, service), ...indicators]
    .filter(({ fired }) => fired === true)
    .map(causeOf);
};

/** The runbook's scale-up thresholds for one service on one observation, fired or not. */
export const instantRules = (catalog: Catalog, seen: Observation, service: string): RuleResult[] => {
  const observed = seen.services[service];
  const above = { fires: 'above' } as const;
  const ofLimit = (what: string) => `${what} of ${service}`;
  const rules = [
    judge({
      ...above,
      rule: 'scale-up.cpu',
      what: ofLimit('CPU'),
      threshold: scaleUpAbove.cpuOfLimit,
      reading: observed === undefined ? undefined : hottest(observed, 'cpuOfLimit'),
      format: formatPercent,
    }),
    judge({
      ...above,
      rule: 'scale-up.memory',
      what: ofLimit('memory'),
      threshold: scaleUpAbove.memoryOfLimit,
      reading: observed === undefined ? undefined : hottest(observed, 'memoryOfLimit'),
      format: formatPercent,
    }),
    judge({
      ...above,
      rule: 'scale-up.p95',
      what: ofLimit('P95'),
      threshold: scaleUpAbove.p95Ms,
      reading: observed?.p95Ms,
      format: formatMs,
    }),
    judge({
      ...above,
      rule: 'scale-up.errors',
      what: ofLimit('error rate'),
      threshold: scaleUpAbove.errorRate,
      reading: observed?.errorRate,
      format: formatPercent,
    }),
    judge({
      ...above,
      rule: 'scale-up.pool',
      what: ofLimit('busiest pool'),
      threshold: scaleUpAbove.poolUtilization,
      reading: observed?.poolUtilization,
      format: formatPercent,
    }),
  ];
  const consumer = catalog.services[service]?.consumer;
  if (consumer === undefined) return rules;
  const lag = judge({
    ...above,
    rule: 'scale-up.lag',
    what: `lag of ${consumer.group}`,
    threshold: scaleUpAbove.lagMessages,
    reading: groupOf(catalog, seen, service)?.lagMessages,
    format: (messages) => String(Math.round(messages)),
  });
  return [...rules, lag];
};
