import { objectIn, timeOf, type HistoryEvent } from './events.ts';

/** What somebody said to a procedure while it ran. */
export interface Word {
  atMs: number;
  word: string;
  /** Empty where nobody gave a name. */
  by: string;
  /** What goes with it: a reason, the hash that was approved, what was changed. */
  what: string;
}

/** Between a procedure and the lease, no person. */
const betweenMachines = ['leaseGranted'];

/** Approvals, pauses, changes, aborts and what ended it from outside, in their order, as the history has them: no worker is needed. */
export const wordsOf = (events: readonly HistoryEvent[]): Word[] =>
  events.flatMap((event): Word[] => {
    const atMs = timeOf(event);
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    if (update != null) return [{ atMs, ...said(update.name ?? '', objectIn(update.args)) }];
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal != null && !betweenMachines.includes(signal.signalName ?? ''))
      return [{ atMs, ...said(signal.signalName ?? '', objectIn(signal.input)) }];
    const cancel = event.workflowExecutionCancelRequestedEventAttributes;
    if (cancel != null)
      return [{ atMs, word: 'cancel', by: cancel.identity ?? '', what: cancel.cause ?? '' }];
    const terminate = event.workflowExecutionTerminatedEventAttributes;
    if (terminate != null)
      return [{ atMs, word: 'terminate', by: terminate.identity ?? '', what: terminate.reason ?? '' }];
    return [];
  });

const said = (word: string, input: Record<string, unknown>): Omit<Word, 'atMs'> => {
  const { by, reason, ...rest } = input;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${shown(value)}`);
  return {
    word,
    by: textOf(by),
    what: [textOf(reason), ...details].filter((part) => part !== '').join('; '),
  };
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
