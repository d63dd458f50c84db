import type { EventForecast } from './event-forecast.ts';
import { formatBytes, formatPercent } from './format.ts';
import { formatLocal } from './local-time.ts';
import type { PlannedWave } from './plan-planned.ts';
import { needs, renderSizing } from './server-sizing.ts';

/** When what happens for an event. */
export interface EventSchedule {
  event: { name: string; startMs: number; endMs: number; timeZone: string };
  /** Replicas by service before it. */
  now: Record<string, number>;
  waves: PlannedWave[];
  /** When the way down begins, at the earliest. */
  scaleDownAtMs?: number;
}

/** The schedule as a table for a person, a line for each moment. */
export const renderSchedule = ({ event, now, waves, scaleDownAtMs }: EventSchedule): string[] => {
  const services = Object.keys(now);
  const local = (atMs: number): string => formatLocal(atMs, event.timeZone);
  const counts = (replicas: Readonly<Record<string, number>>): string[] =>
    services.map((service) => String(replicas[service] ?? '?'));
  const rows = [
    ['when', 'step', ...services],
    ['now', '', ...counts(now)],
    ...waves.map(({ atMs, share, skipped, replicas }) => [
      local(atMs),
      formatPercent(share),
      ...(skipped === true ? services.map(() => '-') : counts(replicas)),
      ...(skipped === true ? ['passed, skipped'] : []),
    ]),
    ...(scaleDownAtMs === undefined ? [] : [[local(scaleDownAtMs), 'down', ...counts(now)]]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return [
    `Event: ${event.name}, ${local(event.startMs)} to ${local(event.endMs)} (${event.timeZone})`,
    ...rows.map((row) =>
      `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
    ),
  ];
};

/** What the event takes and costs, as sentences. */
export const renderForecast = ({ host, left, sizing, replicaHours }: EventForecast): string[] => {
  const memory = (bytes: number | null): string => (bytes === null ? 'unknown' : formatBytes(bytes));
  return [
    `Hosts: ${needs(host)}`,
    ...left.map(
      ({ when, cpuLimits, memoryLeftBytes }) =>
        `  ${when.padEnd(7)} CPU limits ${cpuLimits ?? 'unknown'} of ${host.cpus}, memory left ${memory(memoryLeftBytes)}`,
    ),
    ...renderSizing(sizing, host),
    `Cost: ${replicaHours.planned} replica-hours above what runs now, against ${replicaHours.peakAllDay} for holding the peak all day`,
  ];
};
