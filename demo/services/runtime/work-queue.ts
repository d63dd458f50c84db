import { burnUntil, cpuMicrosNow } from './cpu.ts';

export interface WorkQueue {
  /** Waits for its turn and does one item's work. Throws QueueFull at once when the queue is at its capacity. */
  run: () => Promise<void>;
  depth: () => number;
}

export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

/**
 * One worker, first in first out. An item costs `cpuMicros` of this process' CPU time *in all*: while items wait, what
 * the process spent on I/O since the item before is part of it. The event loop runs between two items, so that
 * accepting stays quick however long the queue is.
 */
export const createWorkQueue = (options: { cpuMicros: number; capacity: number }): WorkQueue => {
  const waiting: (() => void)[] = [];
  let working = false;
  let markMicros = 0;

  const step = (): void => {
    const done = waiting.shift();
    if (done === undefined) {
      working = false;
      return;
    }
    burnUntil(markMicros + options.cpuMicros);
    markMicros = cpuMicrosNow();
    done();
    setImmediate(step);
  };

  return {
    depth: () => waiting.length,
    run: () => {
      if (waiting.length >= options.capacity)
        return Promise.reject(new QueueFull(`${waiting.length} items wait already`));
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (working) return;
        working = true;
        markMicros = cpuMicrosNow();
        setImmediate(step);
      });
    },
  };
};
