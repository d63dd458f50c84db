import { randomUUID } from 'node:crypto';
import type { Document } from 'bson';
import type { Entry, Store } from './store.ts';

/** What a member has of the PRIMARY: up to which change of which life of it. */
interface Position {
  epoch: string;
  sequence: number;
}

export interface Primary {
  /** The id of the member that asks. */
  self: number;
  ask: (command: Document) => Promise<Document>;
}

export interface Replication {
  /** Every change of the store, whoever made it. */
  noted(entry: Entry): void;
  /** Answers a member that asks for what it does not have yet. */
  serve(command: Document): Document;
  /** Asks the PRIMARY, again and again, until `stop`; `primary` gives none for a node that is no member now. */
  follow(primary: () => Primary | undefined): void;
  stop(): void;
  /** It has all that the PRIMARY had when it asked last. */
  isSynced(): boolean;
  /** When the member asked last. */
  seenAtMs(member: number): number;
  /** Resolves when as many members have what there is now, the PRIMARY counted; `false` after the time. */
  copied(members: number, timeoutMs: number): Promise<boolean>;
}

const askEachMs = 50;
const firstAskMs = 300;
const mostKept = 20_000;
const pageSize = 1_000;

/** Copies of the documents: a snapshot page by page, and then each change in its order. */
export const createReplication = (store: Store): Replication => {
  const epoch = randomUUID();
  const log: Entry[] = [];
  let sequence = 0;
  let position: Position = { epoch: '', sequence: 0 };
  let isSynced = false;
  let timer: NodeJS.Timeout | undefined;
  const snapshots = new Map<number, { entries: Entry[]; sequence: number }>();
  const seen = new Map<number, { atMs: number; sequence: number }>();

  const changesAfter = (after: number): Document => {
    const changes = log.slice(log.length - (sequence - after)).slice(0, pageSize);
    return { epoch, changes, sequence: after + changes.length, ok: 1 };
  };

  const page = (self: number, offset: number): Document => {
    if (offset === 0) snapshots.set(self, { entries: store.entries(), sequence });
    const taken = snapshots.get(self) ?? { entries: [], sequence };
    const more = offset + pageSize < taken.entries.length;
    if (!more) snapshots.delete(self);
    return {
      epoch,
      snapshot: taken.entries.slice(offset, offset + pageSize),
      more,
      sequence: taken.sequence,
      ok: 1,
    };
  };

  /** Away with what the PRIMARY does not have, as a member that copies from the start does. */
  const takeSnapshot = async ({ ask, self }: Primary): Promise<void> => {
    const kept: Entry[] = [];
    for (;;) {
      const answer = await ask({ standinPull: 1, self, epoch: '', after: 0, offset: kept.length });
      kept.push(...(answer['snapshot'] as Entry[]));
      position = { epoch: String(answer['epoch']), sequence: Number(answer['sequence']) };
      if (answer['more'] !== true) break;
    }
    store.replaceAll(kept);
  };

  const askOnce = async (primary: Primary | undefined): Promise<void> => {
    if (primary === undefined) {
      isSynced = false;
      return;
    }
    const { ask, self } = primary;
    const answer = await ask({ standinPull: 1, self, epoch: position.epoch, after: position.sequence });
    if (answer['ok'] !== 1) throw new Error(String(answer['errmsg']));
    if (answer['changes'] === undefined) {
      isSynced = false;
      await takeSnapshot(primary);
      return;
    }
    for (const entry of answer['changes'] as Entry[]) store.apply(entry);
    position = { epoch: String(answer['epoch']), sequence: Number(answer['sequence']) };
    isSynced = true;
  };

  return {
    noted: (entry) => {
      log.push(entry);
      sequence += 1;
      if (log.length > mostKept) log.splice(0, log.length - mostKept);
    },
    serve: (command) => {
      const self = Number(command['self']);
      const after = Number(command['after']);
      const isKnown = command['epoch'] === epoch && sequence - after <= log.length;
      seen.set(self, { atMs: Date.now(), sequence: isKnown ? after : -1 });
      if (command['offset'] !== undefined) return page(self, Number(command['offset']));
      return isKnown ? changesAfter(after) : { epoch, ok: 1 };
    },
    follow: (primary) => {
      if (timer !== undefined) return;
      const again = (ms: number): void => {
        timer = setTimeout(() => void next(), ms);
      };
      const next = async (): Promise<void> => {
        try {
          await askOnce(primary());
        } catch {
          isSynced = false;
        }
        if (timer !== undefined) again(askEachMs);
      };
      again(firstAskMs);
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
    isSynced: () => isSynced,
    seenAtMs: (member) => seen.get(member)?.atMs ?? 0,
    copied: async (members, timeoutMs) => {
      const wanted = sequence;
      const until = Date.now() + timeoutMs;
      for (;;) {
        const have = [...seen.values()].filter((member) => member.sequence >= wanted).length;
        if (have + 1 >= members) return true;
        if (Date.now() > until) return false;
        await new Promise((resolve) => setTimeout(resolve, askEachMs / 2));
      }
    },
  };
};
