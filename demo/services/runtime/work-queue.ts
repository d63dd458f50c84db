import { burnUntil, cpuMicrosNow } from './cpu.ts';

export interface WorkQueue {
  /**
   * Waits for its turn and does one item's work, unless nobody wants it any more when its turn comes. Throws QueueFull at once when the
   * queue is at its capacity.
   */
  run: (isWanted?: () => boolean) => Promise<void>;
  isFull: () => boolean;
  depth: () => number;
}

const turnsBetweenItems = 12;

export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

/**
 * One worker, first in first out. An item costs `cpuMicros` of this process' CPU time *in all*: whatever the process spent since the
 * item before (accepting, parsing, Kafka, the databases) is part of it, and only the rest is burnt. So one replica carries
 * its limit / `cpuMicros` items, neither more on a fast machine nor less on a slow one. The event loop runs between two
 * items, so that accepting stays quick however long the queue is.
 */
export const createWorkQueue = (options: { cpuMicros: number; capacity: number }): WorkQueue => {
  const waiting: { done: () => void; isWanted: () => boolean }[] = [];
  let working = false;
  let lastDoneMicros = cpuMicrosNow();

  const step = (): void => {
    const item = waiting.shift();
    if (item === undefined) {
      working = false;
      return;
    }
    if (item.isWanted()) burnUntil(lastDoneMicros + options.cpuMicros);
    lastDoneMicros = cpuMicrosNow();
    item.done();
    acceptFirst(turnsBetweenItems);
  };

  // The event loop accepts one connection a turn: with one turn an item, the queue would stand in the kernel's backlog,
  // where neither the timer nor the actuator sees it.
  const acceptFirst = (turns: number): void => {
    setImmediate(turns <= 1 ? step : () => acceptFirst(turns - 1));
  };

  const isFull = (): boolean => waiting.length >= options.capacity;

  return {
    depth: () => waiting.length,
    isFull,
    run: (isWanted = () => true) => {
      if (isFull()) return Promise.reject(new QueueFull(`${waiting.length} items wait already`));
      return new Promise((resolve) => {
        waiting.push({ done: resolve, isWanted });
        if (working) return;
        working = true;
        setImmediate(step);
      });
    },
  };
};
