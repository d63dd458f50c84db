import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  downtimeFacts,
  downtimeRefusals,
  downtimeReport,
  unknownBeforeDowntime,
} from '../../domain/downtime.ts';
import {
  acknowledgedCount,
  addProbe,
  closeProbeWindow,
  openProbeWindow,
  resumeProbeWindow,
  type ProbeWindow,
} from '../../domain/probe-window.ts';

/** Probes one each 10 ms, `.` answered and `x` failed. */
const windowOf = (text: string, from: ProbeWindow = openProbeWindow(0)): ProbeWindow =>
  text.split('').reduce(
    (window, sign, index) =>
      addProbe(window, {
        sequence: from.probes + index + 1,
        beganAtMs: from.lastAtMs + index * 10,
        endedAtMs: from.lastAtMs + index * 10 + 5,
        ...(sign === 'x' ? { error: 'refused' } : {}),
      }),
    from,
  );

describe('what a prober saw', () => {
  it('counts an outage from its first failed probe to its first good one', () => {
    expect(windowOf('..xxx...')).toMatchObject({
      probes: 8,
      failedProbes: 3,
      outages: 1,
      outageMs: 35,
      longestOutageMs: 35,
      acknowledged: [
        [1, 2],
        [6, 8],
      ],
    });
    expect(windowOf('.x.xx.')).toMatchObject({ outages: 2, outageMs: 15 + 25, longestOutageMs: 25 });
  });

  it('counts an outage that has not ended up to the last probe', () => {
    expect(closeProbeWindow(windowOf('.xx'))).toMatchObject({ outages: 1, outageMs: 15 });
  });

  it('says how long nobody looked, and never takes it for time that it was up', () => {
    const before = windowOf('..x');
    const after = windowOf('x.', resumeProbeWindow(before, before.lastAtMs + 4_000));
    expect(after).toMatchObject({ unwatchedMs: 4_000, outages: 1 });
    expect(after.outageMs).toBeGreaterThanOrEqual(4_000);
  });

  it('knows every write that was acknowledged, in ranges, whatever failed in between', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (answers) => {
        const window = windowOf(answers.map((good) => (good ? '.' : 'x')).join(''));
        const written = answers.flatMap((good, index) => (good ? [index + 1] : []));
        expect(acknowledgedCount(window.acknowledged)).toBe(written.length);
        expect(window.acknowledged.flatMap(([first, last]) => range(first, last))).toEqual(written);
        expect(window.outageMs).toBeLessThanOrEqual(window.lastAtMs);
      }),
    );
  });

  it('is a sentence for a person', () => {
    const report = downtimeReport('postgres', 60_000, windowOf('..xxx...'), 1);
    expect(downtimeFacts(report)).toEqual([
      '8 probes, 3 failed: down for 35 ms, 35 ms at the longest, of 1 min',
      '4 of 5 acknowledged writes found (80 %)',
    ]);
    expect(downtimeFacts(downtimeReport('postgres', 0, windowOf('...'), 0))[0]).toBe(
      '3 probes, none failed: no downtime',
    );
  });
});

describe('before a stop', () => {
  const HOUR = 3_600_000;
  const seen = {
    nowMs: 100 * HOUR,
    backup: { kind: 'waived' as const },
    hasBackupCommand: false,
    diskFreeBytes: 2 ** 40,
    databaseBytes: 2 ** 30,
    behind: [],
  };
  const rules = (more: object): string[] => downtimeRefusals({ ...seen, ...more }).map(({ rule }) => rule);

  it('somebody has to say where the backup is, or that it goes without', () => {
    expect(rules({})).toEqual([]);
    expect(rules({ backup: undefined })).toEqual(['downtime.backup']);
    expect(rules({ backup: undefined, hasBackupCommand: true })).toEqual([]);
    expect(rules({ backup: { kind: 'run' } })).toEqual(['downtime.backup-command']);
    expect(rules({ backup: { kind: 'taken', atMs: 90 * HOUR } })).toEqual([]);
    expect(rules({ backup: { kind: 'taken', atMs: 50 * HOUR } })).toEqual(['downtime.backup-old']);
    expect(rules({ backup: { kind: 'taken', atMs: 101 * HOUR } })).toEqual(['downtime.backup-future']);
  });

  it('there is room on the disk, for a backup too, and every copy keeps up; what is unknown is said', () => {
    expect(rules({ diskFreeBytes: 2 ** 20 })).toEqual(['downtime.disk']);
    expect(rules({ diskFreeBytes: 2 ** 29 })).toEqual([]);
    expect(rules({ diskFreeBytes: 2 ** 29, backup: undefined, hasBackupCommand: true })).toEqual([
      'downtime.disk',
    ]);
    expect(rules({ diskFreeBytes: undefined })).toEqual([]);
    const notes = (more: object): string[] =>
      unknownBeforeDowntime({ ...seen, ...more }).map(({ rule }) => rule);
    expect(notes({})).toEqual([]);
    expect(notes({ diskFreeBytes: undefined })).toEqual(['downtime.disk-unknown']);
    expect(notes({ databaseBytes: undefined })).toEqual([]);
    expect(notes({ databaseBytes: undefined, backup: { kind: 'run' } })).toEqual(['downtime.size-unknown']);
    expect(rules({ behind: ['replica-1 (2 GiB)'] })).toEqual(['downtime.replicas-behind']);
  });
});

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
