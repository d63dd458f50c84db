import type { Catalog } from './catalog.ts';
import { formatMs, formatPercent } from './format.ts';
import type { Observation } from './observation.ts';
import { known, unknown, type Reading } from './reading.ts';
import { judge, type RuleResult } from './rule.ts';
import { emergencyAbove } from './runbook-numbers.ts';
import { frontDoorOf } from './service-readings.ts';

/** Scenario 1, "Indicators", at the front door: more than twice the normal rate, P95 above 5 s, errors above 5 %. */
export const emergencyIndicators = (catalog: Catalog, seen: Observation): RuleResult[] => {
  const door = frontDoorOf(catalog) ?? 'the front door';
  const observed = seen.services[door];
  return [
    judge({
      rule: 'emergency.request-rate',
      what: `request rate of ${door}`,
      reading: timesNormal(observed?.requestRatePerMinute, catalog.normalRequestRatePerMinute),
      fires: 'above',
      threshold: emergencyAbove.timesNormalRate,
      format: (times) => `${Math.round(times * 10) / 10}x normal`,
    }),
    judge({
      rule: 'emergency.p95',
      what: `P95 of ${door}`,
      reading: observed?.p95Ms,
      fires: 'above',
      threshold: emergencyAbove.p95Ms,
      format: formatMs,
    }),
    judge({
      rule: 'emergency.error-rate',
      what: `error rate of ${door}`,
      reading: observed?.errorRate,
      fires: 'above',
      threshold: emergencyAbove.errorRate,
      format: formatPercent,
    }),
  ];
};

const timesNormal = (rate: Reading | undefined, normal: number | undefined): Reading => {
  if (rate === undefined) return unknown('not measured', 'observation');
  if (!rate.known) return rate;
  if (normal === undefined) return unknown('the catalog gives no normalRequestRate', 'catalog');
  return known(rate.value / normal, rate.source);
};
