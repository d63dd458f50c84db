import { formatCount, formatMs, formatPercent } from './format.ts';
import { known, type Reading } from './reading.ts';
import { benchmarkBelow } from './runbook-numbers.ts';
import { frontDoorOf, hottest } from './service-readings.ts';
import { isSeen, unknownRow, type ValidationInput, type ValidationRow } from './validation-row.ts';

/** Runbook, "Performance Benchmarks": message delivery P95 below 2 s. */
const deliveryBelowMs = 2_000;

/** Runbook, the table of performance benchmarks. What was watched counts more than one short sample. */
export const benchmarkRows = (input: ValidationInput): ValidationRow[] => {
  const { catalog, observation } = input;
  const door = frontDoorOf(catalog);
  const seen = isSeen(observation) ? observation : undefined;
  const why = isSeen(observation) ? 'not measured' : observation.notSeen;
  const front = door === undefined ? undefined : seen?.services[door];
  const specs = Object.values(catalog.services);
  const below = rowBelow(why);
  const pools = Object.values(seen?.services ?? {}).filter(
    ({ poolUtilization }) => poolUtilization.known || poolUtilization.source === 'actuator',
  );
  const atDoor = (metric: 'p95Ms' | 'errorRate', check: string, format: (value: number) => string) => {
    const watched = watchedReading(input, metric, format);
    const reading = watched ?? front?.[metric];
    const row = below(check, door ?? 'platform', reading, benchmarkBelow[metric], format);
    return watched === undefined ? row : { ...row, measured: `${row.measured} (${watched.source})` };
  };
  return [
    atDoor('p95Ms', 'gateway P95', formatMs),
    delivery(input),
    atDoor('errorRate', 'error rate', formatPercent),
    ...specs
      .flatMap(({ consumer }) => consumer?.group ?? [])
      .map((group) =>
        below('lag', group, seen?.groups[group]?.lagMessages, benchmarkBelow.lagMessages, messages),
      ),
    ...pools.map(({ service, poolUtilization }) =>
      below('pool utilization', service, poolUtilization, benchmarkBelow.poolUtilization, formatPercent),
    ),
    ...specs.map(({ name }) => {
      const service = seen?.services[name];
      const reading = service === undefined ? undefined : hottest(service, 'memoryOfLimit');
      return below('memory', name, reading, benchmarkBelow.memoryOfLimit, formatPercent);
    }),
  ];
};

/** Mean of the looks of the watched window; nothing where nobody watched that. */
const watchedReading = (
  { catalog, soak }: ValidationInput,
  metric: 'p95Ms' | 'errorRate',
  format: (value: number) => string,
): (Reading & { known: true }) | undefined => {
  if (!isSeen(soak)) return undefined;
  const names = [metric, `${metric}:${frontDoorOf(catalog)}`];
  const name = names.find((one) => soak.mean?.[one] !== undefined);
  const mean = name === undefined ? undefined : soak.mean?.[name];
  if (name === undefined || mean === undefined) return undefined;
  const highest = soak.worst[name];
  const upTo = highest === undefined ? '' : `, up to ${format(highest)}`;
  const reading = known(mean, `mean of ${formatMs(soak.watchedMs)}${upTo}`);
  return reading.known ? reading : undefined;
};

/** P95 of a handful of messages is their slowest: how many stands beside it. */
const delivery = ({ deliveries }: ValidationInput): ValidationRow => {
  const row = { check: 'delivery P95', subject: 'platform', expected: `below ${formatMs(deliveryBelowMs)}` };
  if (deliveries !== undefined && !isSeen(deliveries)) return unknownRow(row, 'unknown', deliveries.notSeen);
  const times = (deliveries?.deliveredMs ?? []).toSorted((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1];
  if (p95 === undefined) return unknownRow(row, 'unknown', 'no message was delivered');
  const measured = `${formatMs(p95)} of ${formatCount(times.length, 'message')}`;
  if (p95 < deliveryBelowMs) return { ...row, measured, verdict: 'pass' };
  return { ...row, measured, verdict: 'fail', reason: 'slower than expected' };
};

const rowBelow =
  (why: string) =>
  (
    check: string,
    subject: string,
    reading: Reading | undefined,
    limit: number,
    format: (value: number) => string,
  ): ValidationRow => {
    const row = { check, subject, expected: `below ${format(limit)}` };
    if (reading?.known !== true) return unknownRow(row, 'unknown', reading?.reason ?? why);
    const measured = format(reading.value);
    if (reading.value < limit) return { ...row, measured, verdict: 'pass' };
    return { ...row, measured, verdict: 'fail', reason: 'above what is expected after scaling' };
  };

const messages = (value: number): string => `${Math.round(value)} messages`;
