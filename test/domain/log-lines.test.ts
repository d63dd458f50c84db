import { describe, expect, it } from 'vitest';
import { groupTroubleLines, matchingLinesPerMinute, patternOf, redacted } from '../../domain/log-lines.ts';
import { isFalling } from '../../domain/lag-trend.ts';

describe('lines with trouble', () => {
  const lines = [
    '2025-12-03T10:00:00.123Z ERROR order 4711 failed for 3f2b8c1a-9d4e-4f6a-8b7c-0a1b2c3d4e5f after 12.5 ms',
    '2025-12-03T10:00:01.456Z ERROR order 4712 failed for 00000000-9d4e-4f6a-8b7c-0a1b2c3d4e5f after 3 ms',
    'java.lang.IllegalStateException: no session deadbeef01',
    'Started MessageService',
  ];
  const groups = groupTroubleLines([
    ...lines.map((text) => ({ replica: 'b-1', text })),
    { replica: 'a-1', text: lines[0] ?? '' },
  ]);

  it('are one group when only times, numbers and ids differ, the most frequent first', () => {
    expect(groups.map(({ count }) => count)).toEqual([3, 1]);
    expect(groups[0]?.pattern).toBe('<time> ERROR order <n> failed for <id> after <n> ms');
  });

  it('keep one line as it was written, and who wrote them', () => {
    expect(groups[0]).toMatchObject({ excerpt: lines[0], replicas: ['a-1', 'b-1'] });
  });

  it('are found whatever their case, and nothing else is', () => {
    expect(
      groupTroubleLines(['a Fatal b', 'an EXCEPTION', 'fine'].map((text) => ({ replica: 'x', text }))),
    ).toHaveLength(2);
  });

  it('do not lose words that only look like ids', () => {
    expect(patternOf('error in deadbeef feedback accede')).toBe('error in deadbeef feedback accede');
  });
});

it('what looks like a secret is blanked out', () => {
  expect(redacted('login failed: password=hunter2, next')).toBe('login failed: password=<redacted>, next');
  expect(redacted('Authorization: Bearer abc.def')).toBe('Authorization: <redacted>');
  expect(redacted('to postgres://app:s3cret@db:5432/x')).toBe('to postgres://app:<redacted>@db:5432/x');
  expect(redacted('{"apiKey":"k-1"}')).not.toContain('k-1');
});

describe('lines per minute', () => {
  const at = (atMs: number, text = 'Processing message') => ({ atMs, text });
  const query = { pattern: 'Processing message', windowMs: 30_000, nowMs: 100_000, limit: 4 };

  it('are those of the window with the pattern', () => {
    expect(matchingLinesPerMinute([at(80_000), at(90_000, 'other'), at(99_000)], query)).toBe(4);
  });

  it('are over the time that the lines span when the limit cut them', () => {
    expect(matchingLinesPerMinute([at(90_000), at(95_000), at(97_000), at(99_000)], query)).toBe(24);
  });

  it('are zero, not unknown, for a quiet log', () => {
    expect(matchingLinesPerMinute([], query)).toBe(0);
  });
});

describe('lag falls', () => {
  it('when the last two samples are a tenth below the highest', () => {
    expect(isFalling([1000, 1200, 1050, 1000])).toBe(true);
  });

  it('not after one low sample, not while it rises, not by a hair', () => {
    expect(isFalling([1000, 1000, 500])).toBe(false);
    expect(isFalling([100, 200, 300, 400])).toBe(false);
    expect(isFalling([1000, 999, 998, 997])).toBe(false);
  });
});
