import type { HeldLease, LeaseGrant, LeaseRequest, LeaseTable, WaitingLease } from './procedure.ts';

/** When something happens, and how long a holder that is asked to leave may take. */
export interface LeaseMoment {
  nowMs: number;
  graceMs: number;
}

/** What to tell whom after a change. `table` is the new state; the old one is never changed. */
export interface LeaseChange {
  table: LeaseTable;
  grants: (LeaseGrant & { holder: string; runId: string })[];
  /** Lower holders to ask, once each, to give way to `by`. */
  preemptions: { holder: string; runId: string; by: string; services: string[]; graceMs: number }[];
  /** Holders whose time to leave is over: their token is stale from now on. */
  revocations: { holder: string; runId: string; by: string; services: string[]; fencingToken: number }[];
}

/** A table that nobody holds anything of. Tokens start above `lastFencingToken` and never repeat. */
export const emptyLeaseTable = (lastFencingToken = 0): LeaseTable => ({
  held: [],
  waiting: [],
  lastFencingToken,
});

/**
 * Asks for all services of a request at once. A repeated request (same holder, same run) gets its grant again or keeps
 * its place; a new run of a holder replaces the old one, which can no longer be alive.
 */
export const requestLease = (table: LeaseTable, request: LeaseRequest, at: LeaseMoment): LeaseChange => {
  const same = (lease: LeaseRequest) => lease.holder === request.holder && lease.runId === request.runId;
  const held = table.held.find(same);
  if (held !== undefined) return { ...unchanged(table), grants: [grantOf(held)] };
  if (table.waiting.some(same)) return unchanged(table);

  const services = [...new Set(request.services)].sort();
  const { held: others, waiting } = without(table, (lease) => lease.holder === request.holder);
  const newcomer: WaitingLease = { ...request, services, sinceMs: at.nowMs };
  return settle({ ...table, held: others, waiting: [...waiting, newcomer] }, at);
};

/**
 * The holder is done, gave up waiting, or ended without a word. With a `runId` only that run leaves, so that a late
 * message of an old run never takes the lease from the new one.
 */
export const releaseLease = (
  table: LeaseTable,
  who: { holder: string; runId?: string },
  at: LeaseMoment,
): LeaseChange => {
  const leaves = (lease: LeaseRequest) =>
    lease.holder === who.holder && (who.runId === undefined || lease.runId === who.runId);
  return settle({ ...table, ...without(table, leaves) }, at);
};

/** Takes the lease from those who were asked to leave, did not, and still stand in somebody's way. */
export const revokeOverdue = (table: LeaseTable, at: LeaseMoment): LeaseChange => {
  const overdue = table.held.filter(
    (lease) => mustLeave(table, lease) && at.nowMs >= lease.preemption.revokeAtMs,
  );
  if (overdue.length === 0) return unchanged(table);
  const change = settle({ ...table, held: table.held.filter((lease) => !overdue.includes(lease)) }, at);
  const revocations = overdue.map(({ holder, runId, services, fencingToken, preemption }) => ({
    holder,
    runId,
    services,
    fencingToken,
    by: preemption?.by ?? 'unknown',
  }));
  return { ...change, revocations };
};

/** When `revokeOverdue` is due next, or `undefined` when nobody is in the way. */
export const nextRevocationAtMs = (table: LeaseTable): number | undefined => {
  const times = table.held.flatMap((lease) => (mustLeave(table, lease) ? [lease.preemption.revokeAtMs] : []));
  return times.length === 0 ? undefined : Math.min(...times);
};

/**
 * Gives out what can be given. Higher priority first, then the order of arrival; a waiter stands behind every waiter
 * before it that wants one of the same services, so nobody is overtaken for ever by small requests.
 */
const settle = (before: LeaseTable, at: LeaseMoment): LeaseChange => {
  const change: LeaseChange = { ...unchanged(before), table: { ...before, held: [...before.held] } };
  const ahead: WaitingLease[] = [];
  for (const waiter of inOrder(before.waiting)) {
    const holders = change.table.held.filter((lease) => overlaps(lease, waiter));
    const queued = ahead.some((other) => overlaps(other, waiter));
    if (holders.length === 0 && !queued) {
      grant(change, waiter, at);
      continue;
    }
    ahead.push(waiter);
    // Asking makes sense only when it is enough: while an equal or higher holder stays, the lower ones may work on.
    if (!queued && holders.every((lease) => lease.priority < waiter.priority))
      ask(change, holders, waiter, at);
  }
  change.table.waiting = before.waiting.filter((waiter) => ahead.includes(waiter));
  return change;
};

const grant = (change: LeaseChange, waiter: WaitingLease, at: LeaseMoment): void => {
  const fencingToken = change.table.lastFencingToken + 1;
  const lease: HeldLease = { ...waiter, fencingToken, sinceMs: at.nowMs };
  change.table.lastFencingToken = fencingToken;
  change.table.held.push(lease);
  change.grants.push(grantOf(lease));
};

const ask = (change: LeaseChange, holders: HeldLease[], waiter: WaitingLease, at: LeaseMoment): void => {
  const by = waiter.holder;
  const graceMs = waiter.graceMs ?? at.graceMs;
  for (const lease of holders) {
    if (lease.preemption !== undefined) continue;
    const preemption = { by, askedAtMs: at.nowMs, revokeAtMs: at.nowMs + graceMs };
    change.table.held = change.table.held.map((other) =>
      other === lease ? { ...lease, preemption } : other,
    );
    const services = lease.services.filter((service) => waiter.services.includes(service));
    change.preemptions.push({
      holder: lease.holder,
      runId: lease.runId,
      by,
      services,
      graceMs,
    });
  }
};

/** Asked to leave, and a waiter of higher priority that wants one of the services is still there. */
const mustLeave = (
  table: LeaseTable,
  lease: HeldLease,
): lease is HeldLease & { preemption: NonNullable<HeldLease['preemption']> } =>
  lease.preemption !== undefined &&
  table.waiting.some((waiter) => waiter.priority > lease.priority && overlaps(waiter, lease));

const unchanged = (table: LeaseTable): LeaseChange => ({
  table,
  grants: [],
  preemptions: [],
  revocations: [],
});
const without = (table: LeaseTable, leaves: (lease: LeaseRequest) => boolean) => ({
  held: table.held.filter((lease) => !leaves(lease)),
  waiting: table.waiting.filter((lease) => !leaves(lease)),
});
const grantOf = ({ holder, runId, services, fencingToken }: HeldLease): LeaseChange['grants'][number] => ({
  holder,
  runId,
  services,
  fencingToken,
});
const overlaps = (a: LeaseRequest, b: LeaseRequest): boolean =>
  a.services.some((service) => b.services.includes(service));
/** `sort` is stable, so equals keep the order of arrival. */
const inOrder = (waiting: readonly WaitingLease[]): WaitingLease[] =>
  [...waiting].sort((a, b) => b.priority - a.priority);
