import type { Catalog } from '../../domain/catalog.ts';
import type { Observation } from '../../domain/observation.ts';
import type { StepReport } from '../../domain/procedure.ts';
import { valueOf, type Reading } from '../../domain/reading.ts';
import { frontDoorOf, hottest, livingReplicas } from '../../domain/service-readings.ts';
import { objectIn, timeOf, type HistoryEvent } from './events.ts';

/** What a procedure measured, over time; `null` parts what does not belong together. */
export type Points = [atMs: number, value: number | null][];

/** By quantity, and in it by service or group. */
export interface Measured {
  p95Ms: Record<string, Points>;
  errorRate: Record<string, Points>;
  lagMessages: Record<string, Points>;
  cpuOfLimit: Record<string, Points>;
  replicas: Record<string, Points>;
}
type Quantity = keyof Measured;

const watched = ['p95Ms', 'errorRate', 'lagMessages', 'cpuOfLimit'] as const;

interface Done {
  name: string;
  input: Record<string, unknown>;
  result: Record<string, unknown>;
  atMs: number;
}

/** Activities that came to their end, in that order. */
const doneIn = (events: readonly HistoryEvent[]): Done[] => {
  const begun = new Map<string, Pick<Done, 'name' | 'input'>>();
  return events.flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled != null)
      begun.set(String(event.eventId), {
        name: scheduled.activityType?.name ?? '',
        input: objectIn(scheduled.input),
      });
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed == null) return [];
    const what = begun.get(String(completed.scheduledEventId));
    if (what === undefined) return [];
    return [{ ...what, result: objectIn(completed.result), atMs: timeOf(event) }];
  });
};

/** Whatever was seen of the whole platform. */
export const observationsIn = (events: readonly HistoryEvent[]): Observation[] =>
  doneIn(events).flatMap(({ name, result }) => {
    if (name === 'observe') return [result as unknown as Observation];
    return name === 'watchEffectiveness' ? [result['after'] as Observation] : [];
  });

/** From every observation and count in the history, and from what was watched in the soaks: no worker is needed for the former. */
export function measuredIn(events: readonly HistoryEvent[], steps: readonly StepReport[]): Measured {
  const measured: Measured = { p95Ms: {}, errorRate: {}, lagMessages: {}, cpuOfLimit: {}, replicas: {} };
  const add = (quantity: Quantity, name: string, atMs: number, value: number | null): void => {
    (measured[quantity][name] ??= []).push([atMs, value]);
  };
  const addReading = (quantity: Quantity, name: string, atMs: number, reading: Reading): void => {
    const value = valueOf(reading);
    if (value !== undefined) add(quantity, name, atMs, value);
  };
  const observe = ({ atMs, services, groups }: Observation): void => {
    for (const service of Object.values(services)) {
      const name = service.service;
      add('replicas', name, atMs, livingReplicas(service.replicas).length);
      addReading('p95Ms', name, atMs, service.p95Ms);
      addReading('errorRate', name, atMs, service.errorRate);
      addReading('cpuOfLimit', name, atMs, hottest(service, 'cpuOfLimit'));
    }
    for (const { group, lagMessages } of Object.values(groups))
      addReading('lagMessages', group, atMs, lagMessages);
  };

  let door = 'front door';
  for (const { name, input, result, atMs } of doneIn(events)) {
    if (name === 'loadCatalog') door = frontDoorOf(result['catalog'] as Catalog) ?? door;
    if (name === 'scaleService') add('replicas', String(input['service']), atMs, Number(input['replicas']));
    if (name === 'readReplicas')
      for (const [service, count] of Object.entries(result)) add('replicas', service, atMs, Number(count));
  }
  for (const observation of observationsIn(events)) observe(observation);
  for (const { soak } of steps) {
    const { startedAtMs, courses = {} } = soak ?? {};
    if (startedAtMs === undefined) continue;
    for (const [metric, course] of Object.entries(courses)) {
      const [kind = '', name = door] = metric.split(':');
      const quantity = watched.find((one) => one === kind);
      if (quantity === undefined || course.length === 0) continue;
      for (const [atSeconds, value] of course) add(quantity, name, startedAtMs + atSeconds * 1_000, value);
      // Between two soaks nobody looked.
      add(quantity, name, startedAtMs + (course.at(-1)?.[0] ?? 0) * 1_000 + 1, null);
    }
  }
  for (const quantity of Object.values(measured) as Record<string, Points>[])
    for (const points of Object.values(quantity)) points.sort(([a], [b]) => a - b);
  return measured;
}
