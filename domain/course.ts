/** How a value went over time, of a size that does not grow: seconds since the begin, and the highest value around then. */
export type Course = readonly (readonly [atSeconds: number, value: number])[];

/** As many points as a small plot shows. */
const most = 40;

/** The course with one value more; full, two neighbours become one each, and no peak is lost. */
export const withValue = (course: Course, atSeconds: number, value: number): Course => {
  const longer = [...course, [Math.round(atSeconds), Number(value.toPrecision(4))] as const];
  if (longer.length <= most) return longer;
  return longer.flatMap((point, index) => {
    const next = longer[index + 1];
    if (index % 2 === 1) return [];
    return [next === undefined ? point : ([point[0], Math.max(point[1], next[1])] as const)];
  });
};
