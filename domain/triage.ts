import type { Catalog } from './catalog.ts';
import { emergencyIndicators } from './emergency-indicators.ts';
import { formatCount, formatMs, formatPercent } from './format.ts';
import type { Observation, ServiceObservation } from './observation.ts';
import { valueOf } from './reading.ts';
import type { RuleResult } from './rule.ts';
import { scaleUpAbove } from './runbook-numbers.ts';
import { groupOf, hottest, mean } from './service-readings.ts';

/** One service in the order of need. Ratios of the limit; a field that is left out could not be measured. */
export interface RankedService {
  service: string;
  hottestCpu?: number;
  meanCpu?: number;
  hottestMemory?: number;
  meanMemory?: number;
  /** The worse of CPU and memory against its threshold (70 %, 80 %); 1 and above needs help. */
  pressure?: number;
  sentence: string;
}

export interface Triage {
  /** Most pressed first; services that could not be measured last. */
  ranking: RankedService[];
  /** The most pressed service, when it is above a threshold. */
  bottleneck?: RankedService;
  indicators: RuleResult[];
  /** One sentence for the operator. */
  finding: string;
}

/**
 * Runbook 1.1, Immediate Triage: which service is short of CPU or memory, from one observation. Infrastructure of the
 * catalog is ranked too, so that the finding names it where it is the one.
 */
export const triage = (catalog: Catalog, seen: Observation): Triage => {
  const ranking = Object.values(seen.services)
    .filter(({ service }) => catalog.services[service] !== undefined)
    .map((service) => rank(catalog, seen, service))
    .toSorted((a, b) => byPressure(a, b) || priority(catalog, a) - priority(catalog, b));
  const [first] = ranking;
  const indicators = emergencyIndicators(catalog, seen);
  const bottleneck = first?.pressure !== undefined && first.pressure >= 1 ? { bottleneck: first } : {};
  return { ranking, ...bottleneck, indicators, finding: findingOf(first, indicators) };
};

const rank = (catalog: Catalog, seen: Observation, service: ServiceObservation): RankedService => {
  const cpu = valueOf(hottest(service, 'cpuOfLimit'));
  const memory = valueOf(hottest(service, 'memoryOfLimit'));
  const pressures = [
    ...(cpu === undefined ? [] : [cpu / scaleUpAbove.cpuOfLimit]),
    ...(memory === undefined ? [] : [memory / scaleUpAbove.memoryOfLimit]),
  ];
  const measured = {
    hottestCpu: cpu,
    meanCpu: valueOf(mean(service, 'cpuOfLimit')),
    hottestMemory: memory,
    meanMemory: valueOf(mean(service, 'memoryOfLimit')),
    pressure: pressures.length === 0 ? undefined : Math.max(...pressures),
  };
  return {
    service: service.service,
    ...withoutUndefined(measured),
    sentence: sentenceOf(catalog, seen, service, cpu, memory),
  };
};

/** `CPU 97 % of its limit (mean of 3 replicas 80 %), P95 6.1 s, lag 4000`: only what is known, most telling first. */
const sentenceOf = (
  catalog: Catalog,
  seen: Observation,
  service: ServiceObservation,
  cpu: number | undefined,
  memory: number | undefined,
): string => {
  const meanCpu = valueOf(mean(service, 'cpuOfLimit'));
  const replicas = Object.keys(service.usage).length;
  const spread =
    meanCpu !== undefined && replicas > 1
      ? ` (mean of ${formatCount(replicas, 'replica')} ${formatPercent(meanCpu)})`
      : '';
  const p95 = valueOf(service.p95Ms);
  const errors = valueOf(service.errorRate);
  const lag = valueOf(groupOf(catalog, seen, service.service)?.lagMessages);
  const parts = [
    cpu === undefined ? 'CPU unknown' : `CPU ${formatPercent(cpu)} of its limit${spread}`,
    ...(memory !== undefined && (cpu === undefined || memory > scaleUpAbove.memoryOfLimit)
      ? [`memory ${formatPercent(memory)} of its limit`]
      : []),
    ...(p95 === undefined ? [] : [`P95 ${formatMs(p95)}`]),
    ...(errors !== undefined && errors > scaleUpAbove.errorRate ? [`errors ${formatPercent(errors)}`] : []),
    ...(lag !== undefined && lag > 0 ? [`lag ${Math.round(lag)}`] : []),
  ];
  return parts.join(', ');
};

const findingOf = (first: RankedService | undefined, indicators: readonly RuleResult[]): string => {
  const fired = indicators.filter((indicator) => indicator.fired === true).map(({ sentence }) => sentence);
  const signs = fired.length === 0 ? '' : `; ${fired.join('; ')}`;
  if (first === undefined) return `no service of the catalog was observed${signs}`;
  if (first.pressure === undefined)
    return `no CPU or memory could be read, so no bottleneck is named${signs}`;
  if (first.pressure >= 1) return `${first.service} is the bottleneck: ${first.sentence}${signs}`;
  return `no service is short of CPU or memory; the busiest is ${first.service}: ${first.sentence}${signs}`;
};

const byPressure = (a: RankedService, b: RankedService): number =>
  (b.pressure ?? -1) - (a.pressure ?? -1) || (b.hottestCpu ?? -1) - (a.hottestCpu ?? -1);
const priority = (catalog: Catalog, { service }: RankedService): number =>
  catalog.services[service]?.priority ?? Number.MAX_SAFE_INTEGER;

/** With exactOptionalPropertyTypes a field is there or not; it is never there and undefined. */
const withoutUndefined = <T extends Record<string, number | undefined>>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
