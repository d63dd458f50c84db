import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withValue, type Course } from '../../domain/course.ts';

it('a course never grows beyond a small plot, and loses neither its peak nor its begin', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9_999 }), { minLength: 1, maxLength: 500 }), (values) => {
      const course = values.reduce<Course>((seen, value, index) => withValue(seen, index * 5, value), []);
      expect(course.length).toBeLessThanOrEqual(40);
      expect(Math.max(...course.map(([, value]) => value))).toBe(Math.max(...values));
      expect(course[0]?.[0]).toBe(0);
      const times = course.map(([at]) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }),
  );
});
