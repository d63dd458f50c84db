import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatMs, formatPercent, formatPerMinute } from '../../domain/format.ts';

describe('units of display', () => {
  it.each([
    [0, '0 ms'],
    [850.4, '850 ms'],
    [999.7, '1 s'],
    [6100, '6.1 s'],
    [59_990, '1 min'],
    [300_000, '5 min'],
    [5_400_000, '1 h 30 min'],
    [7_200_000, '2 h'],
  ])('%d ms is %s', (ms, text) => expect(formatMs(ms)).toBe(text));

  it.each([
    [0, '0 B'],
    [512 * 2 ** 20, '512 MiB'],
    [1.5 * 2 ** 30, '1.5 GiB'],
    [-2048, '-2 KiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0.97, '97 %'],
    [0.004, '0.4 %'],
    [0, '0 %'],
    [0.0999, '10 %'],
  ])('a ratio of %d is %s', (ratio, text) => expect(formatPercent(ratio)).toBe(text));

  it('counts and rates', () => {
    expect([formatCount(1, 'replica'), formatCount(3, 'replica'), formatPerMinute(1200)]).toEqual([
      '1 replica',
      '3 replicas',
      '1200/min',
    ]);
  });
});
