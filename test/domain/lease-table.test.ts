import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyLeaseTable,
  nextRevocationAtMs,
  releaseLease,
  requestLease,
  revokeOverdue,
  type LeaseChange,
} from '../../domain/lease-table.ts';
import type { LeaseRequest, LeaseTable } from '../../domain/procedure.ts';

const at = (nowMs: number) => ({ nowMs, graceMs: 1000 });
const want = (holder: string, services: string[], priority = 30, runId = 'run-1'): LeaseRequest => ({
  holder,
  runId,
  procedure: 'plannedScaling',
  services,
  priority,
});
const names = (list: { holder: string }[]) => list.map(({ holder }) => holder);

describe('lease table', () => {
  it('grants all services of a request at once, or none', () => {
    const first = requestLease(emptyLeaseTable(), want('a', ['api', 'db']), at(0));
    expect(first.grants).toEqual([{ holder: 'a', runId: 'run-1', services: ['api', 'db'], fencingToken: 1 }]);
    const second = requestLease(first.table, want('b', ['db', 'files']), at(1));
    expect(second.grants).toEqual([]);
    expect(names(second.table.waiting)).toEqual(['b']);
    expect(requestLease(second.table, want('c', ['users']), at(2)).grants).toMatchObject([{ holder: 'c' }]);
  });

  it('serves equals in the order they came and higher priorities first', () => {
    let { table } = requestLease(emptyLeaseTable(), want('a', ['api'], 50), at(0));
    for (const request of [want('b', ['api'], 10), want('c', ['api'], 10), want('d', ['api'], 40)])
      ({ table } = requestLease(table, request, at(1)));
    const order: string[] = [];
    for (let holder = 'a'; table.held.length > 0;) {
      order.push(holder);
      const change = releaseLease(table, { holder }, at(2));
      table = change.table;
      holder = change.grants[0]?.holder ?? '';
    }
    expect(order).toEqual(['a', 'd', 'b', 'c']);
  });

  it('does not let a small request overtake an equal one that waits for the same service', () => {
    let { table } = requestLease(emptyLeaseTable(), want('a', ['api']), at(0));
    ({ table } = requestLease(table, want('b', ['api', 'db']), at(1)));
    const late = requestLease(table, want('c', ['db']), at(2));
    expect(late.grants).toEqual([]);
    expect(names(releaseLease(late.table, { holder: 'a' }, at(3)).grants)).toEqual(['b']);
  });

  it('gives a repeated request of one run its grant again, with the same token and no second place', () => {
    const first = requestLease(emptyLeaseTable(41), want('a', ['api']), at(0));
    const again = requestLease(first.table, want('a', ['api']), at(5));
    expect(again.grants).toEqual(first.grants);
    expect(again.table).toEqual(first.table);
    const waits = requestLease(first.table, want('b', ['api']), at(1));
    expect(requestLease(waits.table, want('b', ['api']), at(9)).table).toEqual(waits.table);
  });

  it('replaces the old run of a holder, and ignores what the old run says later', () => {
    const first = requestLease(emptyLeaseTable(), want('a', ['api']), at(0));
    const next = requestLease(first.table, want('a', ['api'], 30, 'run-2'), at(1));
    expect(next.grants).toEqual([{ holder: 'a', runId: 'run-2', services: ['api'], fencingToken: 2 }]);
    expect(releaseLease(next.table, { holder: 'a', runId: 'run-1' }, at(2)).table).toEqual(next.table);
  });

  it('asks a lower holder once to leave, and takes the lease when the grace is over', () => {
    const low = requestLease(emptyLeaseTable(), want('cost', ['api', 'db'], 10), at(0));
    const high = requestLease(low.table, want('incident', ['api'], 40), at(100));
    expect(high.preemptions).toEqual([
      { holder: 'cost', runId: 'run-1', by: 'incident', services: ['api'], graceMs: 1000 },
    ]);
    expect(nextRevocationAtMs(high.table)).toBe(1100);
    const third = requestLease(high.table, want('event', ['db'], 30), at(200));
    expect(third.preemptions).toEqual([]);
    expect(revokeOverdue(third.table, at(1099)).table).toEqual(third.table);
    const revoked = revokeOverdue(third.table, at(1100));
    expect(revoked.revocations).toMatchObject([{ holder: 'cost', by: 'incident', fencingToken: 1 }]);
    expect(revoked.grants).toMatchObject([
      { holder: 'incident', fencingToken: 2 },
      { holder: 'event', fencingToken: 3 },
    ]);
  });

  it('gives a holder that had its time already only as much as the request says', () => {
    const low = requestLease(emptyLeaseTable(), want('incident', ['api'], 40), at(0));
    const { table, preemptions } = requestLease(
      low.table,
      { ...want('rollback', ['api'], 50), graceMs: 0 },
      at(100),
    );
    expect(preemptions).toMatchObject([{ holder: 'incident', graceMs: 0 }]);
    expect(names(revokeOverdue(table, at(100)).grants)).toEqual(['rollback']);
  });

  it('does not ask anybody to leave while an equal holder is in the way as well', () => {
    let { table } = requestLease(emptyLeaseTable(), want('equal', ['api'], 40), at(0));
    ({ table } = requestLease(table, want('cost', ['db'], 10), at(0)));
    const change = requestLease(table, want('incident', ['api', 'db'], 40), at(1));
    expect(change.preemptions).toEqual([]);
    const freed = releaseLease(change.table, { holder: 'equal' }, at(2));
    expect(names(freed.preemptions)).toEqual(['cost']);
  });

  it('leaves the holder alone when the one who asked for its place is gone', () => {
    const low = requestLease(emptyLeaseTable(), want('cost', ['api'], 10), at(0));
    const high = requestLease(low.table, want('incident', ['api'], 40), at(1));
    const gone = releaseLease(high.table, { holder: 'incident' }, at(2));
    expect(nextRevocationAtMs(gone.table)).toBeUndefined();
    expect(revokeOverdue(gone.table, at(9999)).revocations).toEqual([]);
  });
});

/** Random histories: anybody asks, leaves, ends or time passes. */
type Action = { kind: 'request' | 'release' | 'revoke'; who: number; services: number[]; priority: number };
const action = fc.record<Action>({
  kind: fc.constantFrom('request', 'request', 'release', 'revoke'),
  who: fc.nat(7),
  services: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 4 }),
  priority: fc.constantFrom(10, 20, 30, 40, 50),
});

const play = (actions: readonly Action[], check: (change: LeaseChange, before: LeaseTable) => void) => {
  let table = emptyLeaseTable(100);
  for (const [index, { kind, who, services, priority }] of actions.entries()) {
    const moment = at(index * 400);
    const holder = `p${who}`;
    const change =
      kind === 'request'
        ? requestLease(table, want(holder, services.map(String), priority, `run-${index}`), moment)
        : kind === 'release'
          ? releaseLease(table, { holder }, moment)
          : revokeOverdue(table, moment);
    check(change, table);
    table = change.table;
  }
  return table;
};

describe('lease table, for any history', () => {
  const histories = fc.array(action, { maxLength: 60 });

  it('never lets two hold one service, and nobody both hold and wait', () => {
    fc.assert(
      fc.property(histories, (actions) => {
        play(actions, ({ table }) => {
          const services = table.held.flatMap((lease) => lease.services);
          expect(new Set(services).size).toBe(services.length);
          const everybody = names([...table.held, ...table.waiting]);
          expect(new Set(everybody).size).toBe(everybody.length);
        });
      }),
    );
  });

  it('gives tokens that only rise and never repeat', () => {
    fc.assert(
      fc.property(histories, (actions) => {
        let last = 100;
        play(actions, ({ grants }) => {
          for (const { fencingToken } of grants) {
            expect(fencingToken).toBeGreaterThan(last);
            last = fencingToken;
          }
        });
      }),
    );
  });

  it('grants everything in the end when holders release, equals that overlap in the order they came', () => {
    fc.assert(
      fc.property(histories, (actions) => {
        let table = play(actions, () => undefined);
        const waiting = [...table.waiting];
        const granted: string[] = [];
        for (let round = 0; table.held.length > 0; round += 1) {
          const change = releaseLease(table, { holder: table.held[0]?.holder ?? '' }, at(1e6 + round));
          granted.push(...names(change.grants));
          table = change.table;
        }
        expect(granted.toSorted()).toEqual(names(waiting).toSorted());
        const overtaken = waiting.flatMap((first, index) =>
          waiting
            .slice(index + 1)
            .filter((second) => first.priority >= second.priority)
            .filter((second) => first.services.some((service) => second.services.includes(service)))
            .filter((second) => granted.indexOf(first.holder) > granted.indexOf(second.holder)),
        );
        expect(overtaken).toEqual([]);
      }),
    );
  });

  it('leaves nobody waiting for services that are free', () => {
    fc.assert(
      fc.property(histories, (actions) => {
        play(actions, ({ table }) => {
          for (const [index, waiter] of table.waiting.entries()) {
            const inTheWay = [
              ...table.held,
              ...table.waiting.filter(
                (other, position) =>
                  other.priority > waiter.priority ||
                  (other.priority === waiter.priority && position < index),
              ),
            ];
            const taken = inTheWay.flatMap(({ services }) => services);
            expect(waiter.services.some((service) => taken.includes(service))).toBe(true);
          }
        });
      }),
    );
  });

  it('asks each holder to leave at most once, and only for a higher priority', () => {
    fc.assert(
      fc.property(histories, (actions) => {
        const asked = new Set<string>();
        play(actions, ({ preemptions, table }) => {
          for (const { holder, runId, by } of preemptions) {
            expect(asked.has(runId)).toBe(false);
            asked.add(runId);
            const lower = table.held.find((lease) => lease.holder === holder);
            const higher = table.waiting.find((lease) => lease.holder === by);
            expect(higher?.priority).toBeGreaterThan(lower?.priority ?? Number.POSITIVE_INFINITY);
          }
        });
      }),
    );
  });
});
