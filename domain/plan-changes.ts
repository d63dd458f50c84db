import { formatPercent } from './format.ts';
import { formatLocal } from './local-time.ts';
import type { EventSchedule } from './event-schedule.ts';
import type { PlannedWave } from './plan-planned.ts';

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
      const was = before.waves.find(({ share }) => share === wave.share);
      const when = fromTo(was === undefined ? undefined : local(was.atMs), local(wave.atMs));
      return `${formatPercent(wave.share)} at ${when}: ${wave.skipped === true ? 'passed' : countsOf(was, wave)}`;
    }),
  ];
};

const countsOf = (was: PlannedWave | undefined, { replicas }: PlannedWave): string =>
  Object.entries(replicas)
    .map(([service, count]) => `${service} ${fromTo(was?.replicas[service], count)}`)
    .join(', ');

/** `2 -> 4`; once where it stays, or was not there. */
const fromTo = <T extends string | number>(from: T | undefined, to: T): string =>
  from === undefined || from === to ? `${to}` : `${from} -> ${to}`;

const peakOf = ({ waves, now }: EventSchedule): Record<string, number> => waves.at(-1)?.replicas ?? now;
