import pc from 'picocolors';
import { formatMs } from '../../domain/format.ts';
import { formatLocal } from '../../domain/local-time.ts';
import { inTime, nextStepOf } from '../../domain/next-step.ts';
import type { Progress, StepReport, StepStatus } from '../../domain/procedure.ts';

export interface TreeOptions {
  nowMs: number;
  color: boolean;
  /** Columns of the terminal; longer lines are cut. */
  width: number;
  /** Whose clocks tell when a step is due; UTC when left out. */
  timeZone?: string;
}

type Colors = ReturnType<typeof pc.createColors>;
type Paint = (colors: Colors) => (text: string) => string;
interface Line {
  text: string;
  paint?: Paint;
}

const looks: Record<StepStatus, { icon: string; paint: Paint }> = {
  pending: { icon: '·', paint: (c) => c.dim },
  running: { icon: '▶', paint: (c) => c.cyan },
  done: { icon: '✔', paint: (c) => c.green },
  unchanged: { icon: '=', paint: (c) => c.green },
  failed: { icon: '✘', paint: (c) => c.red },
  undone: { icon: '↩', paint: (c) => c.yellow },
  undo_failed: { icon: '!', paint: (c) => c.red },
  skipped: { icon: '-', paint: (c) => c.dim },
};

/** A running procedure as lines for a terminal: what was found, each step with its facts, what it waits for. */
export function renderTree(
  progress: Progress,
  { nowMs, color, width, timeZone = 'UTC' }: TreeOptions,
): string {
  const colors = pc.createColors(color);
  const { steps } = progress;
  return [
    ...head(progress, nowMs),
    ...steps.flatMap((step, index) => stepLines(step, `${index + 1}/${steps.length}`, nowMs)),
    ...nextLines(progress, nowMs, timeZone),
    ...(progress.waitingFor === undefined
      ? []
      : [{ text: `  waits for ${progress.waitingFor}`, paint: (c: Colors) => c.yellow }]),
  ]
    .map(({ text, paint }) => (paint === undefined ? cut(text, width) : paint(colors)(cut(text, width))))
    .join('\n');
}

/** Time since its first event: a procedure that has ended stands still. */
export function elapsedMs({ events, outcome }: Progress, nowMs: number): number {
  const first = events[0]?.atMs ?? nowMs;
  const last = outcome === undefined ? nowMs : (events.at(-1)?.atMs ?? nowMs);
  return Math.max(0, last - first);
}

function head(progress: Progress, nowMs: number): Line[] {
  const { procedure, environment, phase, outcome, finding } = progress;
  const state = (outcome ?? phase).replaceAll('_', ' ');
  const seconds = Math.floor(elapsedMs(progress, nowMs) / 1_000);
  const time = seconds === 0 ? '0 s' : formatMs(seconds * 1_000);
  return [
    { text: `${procedure} on ${environment}  ${state}  ${time}`, paint: (c) => c.bold },
    ...(finding === undefined ? [] : [{ text: finding }]),
  ];
}

/** What comes next, and when. */
function nextLines(progress: Progress, nowMs: number, timeZone: string): Line[] {
  const next = progress.outcome === undefined ? nextStepOf(progress) : undefined;
  if (next === undefined) return [];
  const when = `${inTime(next.dueAtMs, nowMs)}, at ${formatLocal(next.dueAtMs, timeZone)}`;
  return [{ text: `  next: ${next.title}  ${when}`, paint: (c) => c.cyan }];
}

function stepLines(step: StepReport, position: string, nowMs: number): Line[] {
  const { icon, paint } = looks[step.status];
  // All facts while it is at work, the last one when it is over: the log has the rest.
  const facts = step.status === 'running' ? step.facts : step.facts.slice(-1);
  return [
    { text: `${icon} Step ${position}  ${step.title}${statusText(step)}${timeOf(step, nowMs)}`, paint },
    ...facts.map((fact): Line => ({ text: `      ${fact}`, paint: (c) => c.dim })),
    ...(step.error === undefined
      ? []
      : [{ text: `      ${step.error.type}: ${step.error.message}`, paint: (c: Colors) => c.red }]),
  ];
}

const statusText = ({ status }: StepReport): string =>
  status === 'done' || status === 'pending' ? '' : `  ${status.replaceAll('_', ' ')}`;

function timeOf({ startedAtMs, endedAtMs }: StepReport, nowMs: number): string {
  if (startedAtMs === undefined) return '';
  const tenths = Math.floor(Math.max(0, (endedAtMs ?? nowMs) - startedAtMs) / 100) * 100;
  return `  ${formatMs(tenths)}`;
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
