import { describe, expect, it } from 'vitest';
import { judgeLogs } from '../../domain/checklist.ts';

describe('the logs in the checklist before an event', () => {
  const unread = ['the log of web-2 could not be read: gone'];
  const lines = [{ service: 'web', count: 0, excerpts: [], unread }];

  it('that could not be read are said, and hold where errors would: nobody knows what stands in them', () => {
    const { facts, problems } = judgeLogs(lines, { tail: 100, hold: true });
    expect(facts).toEqual(unread);
    expect(problems.map(({ message }) => message)).toEqual(unread);
  });

  it('hold nothing where errors are only reported', () => {
    expect(judgeLogs(lines, { tail: 100, hold: false }).problems).toEqual([]);
  });
});
