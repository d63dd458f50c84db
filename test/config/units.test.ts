import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBytes, parseCpus, parseDurationMs, parsePerMinute } from '../../config/units.ts';

describe('human units', () => {
  it.each([
    ['500ms', 500],
    ['20s', 20_000],
    ['15m', 900_000],
    ['15 min', 900_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    [0, 0],
  ])('%s is %d ms', (input, ms) => expect(parseDurationMs(input)).toBe(ms));

  it.each([
    ['512M', 512 * 2 ** 20],
    ['1.5G', 1.5 * 2 ** 30],
    ['768MiB', 768 * 2 ** 20],
    ['1gb', 2 ** 30],
    ['64k', 65_536],
    [1024, 1024],
  ])('%s is %d bytes', (input, bytes) => expect(parseBytes(input)).toBe(bytes));

  it.each([
    ['500/min', 500],
    ['500 req/min', 500],
    ['5000 msg/min', 5000],
    ['10/s', 600],
    ['1.5 requests/s', 90],
    ['120/h', 2],
  ])('%s is %d a minute', (input, rate) => expect(parsePerMinute(input)).toBe(rate));

  it.each([
    [0.5, 0.5],
    ['2', 2],
    ['250m', 0.25],
  ])('%s is %d CPUs', (input, cpus) => expect(parseCpus(input)).toBe(cpus));

  it.each([
    [parseDurationMs, [20, '20', '', 'soon', '-5s', '5s later', '1m 1', null, undefined, {}, Number.NaN]],
    [parseBytes, ['', '0', 0, -1, '5X', '1 M B', 'M', null, undefined, []]],
    [parsePerMinute, [500, '500', '0/min', '-1/s', '500/week', 'fast', undefined]],
    [parseCpus, [0, '0', -1, 'two', '1,5', undefined, true]],
  ])('%o refuses what has no unit, no sense or no size, and says what it wants', (parse, inputs) => {
    for (const input of inputs) expect(() => parse(input)).toThrow(/\(for example /);
  });

  it('reads back any whole number of any unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (n) => {
        expect(parseDurationMs(`${n}s`)).toBe(n * 1000);
        expect(parseBytes(`${n}M`)).toBe(n * 2 ** 20);
        expect(parsePerMinute(`${n}/s`)).toBe(n * 60);
      }),
    );
  });
});
