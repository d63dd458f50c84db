/** A time axis longer than this is in minutes. */
const minutesFrom = 600;
const intervals = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800];
const mostLabels = 9;

/** Labels of an axis of seconds as a person reads them: whole minutes once it is long. */
export const timeAxis = (untilSeconds: number) => {
  if (untilSeconds <= minutesFrom) return { axisLabel: { formatter: '{value} s' } };
  const interval = intervals.find((seconds) => untilSeconds / seconds <= mostLabels) ?? intervals.at(-1);
  return {
    interval,
    axisLabel: { formatter: (seconds: number): string => `${Math.round(seconds / 6) / 10} min` },
  };
};
