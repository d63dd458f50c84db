import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';

/** The activity that runs: when to stop, and how to say how far it is. */
export interface Task {
  signal: AbortSignal;
  /** Progress as a sentence, or as state that a retry takes up again. Goes out with the next heartbeat. */
  report: (progress: unknown) => void;
}

const lastReport = new WeakMap<Context, { progress: unknown }>();

export const currentTask = (): Task => {
  const context = Context.current();
  return {
    signal: context.cancellationSignal,
    report: (progress) => {
      lastReport.set(context, { progress });
      context.heartbeat(progress);
    },
  };
};

/** What the attempt before this one reported last; `undefined` for a first attempt. */
export const reportBefore = (): unknown => Context.current().info.heartbeatDetails as unknown;

/**
 * Beats while the work runs, with what was reported last, so that a worker that died is noticed and a cancellation comes in even where one
 * request takes long. What bounds a request that hangs is the start-to-close time, and the time limits of the adapters.
 */
export const whileBeating = async <T>(work: () => Promise<T>): Promise<T> => {
  const context = Context.current();
  // Every request of an observation listens to it at once.
  setMaxListeners(0, context.cancellationSignal);
  lastReport.set(context, { progress: reportBefore() });
  const timer = setInterval(() => context.heartbeat(lastReport.get(context)?.progress), 1_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};
