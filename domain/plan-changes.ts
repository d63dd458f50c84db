import { formatPercent } from './format.ts';
import { formatLocal } from './local-time.ts';
import type { EventSchedule } from './event-schedule.ts';

/** What a plan for an event says otherwise than the one before, as sentences with old and new. */
export const scheduleChanges = (before: EventSchedule, after: EventSchedule): string[] => {
  const local = (atMs: number): string => formatLocal(atMs, after.event.timeZone);
  const time = (name: string, from: number, to: number): string[] =>
    from === to ? [] : [`${name} ${local(from)} -> ${local(to)}`];
  const [peakBefore, peakAfter] = [peakOf(before), peakOf(after)];
  const services = [...new Set([...Object.keys(peakBefore), ...Object.keys(peakAfter)])];
  return [
    ...time('start', before.event.startMs, after.event.startMs),
    ...time('end', before.event.endMs, after.event.endMs),
    ...services
      .filter((service) => peakBefore[service] !== peakAfter[service])
      .map(
        (service) =>
          `${service} ${peakBefore[service] ?? 'as it is'} -> ${peakAfter[service] ?? 'as it is'} at the peak`,
      ),
    ...after.waves.map((wave) => {
      const counts = Object.entries(wave.replicas).map(([service, count]) => `${service} ${count}`);
      const what = wave.skipped === true ? 'passed' : counts.join(', ');
      return `${formatPercent(wave.share)} at ${local(wave.atMs)}: ${what}`;
    }),
  ];
};

const peakOf = ({ waves, now }: EventSchedule): Record<string, number> => waves.at(-1)?.replicas ?? now;
