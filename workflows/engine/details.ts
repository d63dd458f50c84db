import { formatLocal } from '../../domain/local-time.ts';
import { nextStepOf } from '../../domain/next-step.ts';
import type { Progress, StepStatus } from '../../domain/procedure.ts';

const icon: Record<StepStatus, string> = {
  pending: '·',
  running: '▶',
  done: '✔',
  unchanged: '=',
  failed: '✘',
  undone: '↩',
  undo_failed: '!',
  skipped: '-',
};

/** Markdown that the Temporal UI shows on top of a running procedure: a sentence and a table of steps. */
export function detailsOf(progress: Progress): string {
  const head = [`**${progress.phase}**${progress.outcome === undefined ? '' : `: ${progress.outcome}`}`];
  if (progress.finding !== undefined) head.push(progress.finding);
  if (progress.waitingFor !== undefined) head.push(`Waits for ${progress.waitingFor}`);
  const next = nextStepOf(progress);
  if (next !== undefined)
    head.push(`Next: ${next.title}, at ${formatLocal(next.dueAtMs, progress.timeZone ?? 'UTC')}`);
  if (progress.steps.length === 0) return head.join('\n\n');
  const rows = progress.steps.map(
    (step) => `| ${icon[step.status]} | ${step.title} | ${step.facts.at(-1) ?? step.error?.message ?? ''} |`,
  );
  return [...head, ['| | Step | Last |', '| --- | --- | --- |', ...rows].join('\n')].join('\n\n');
}
