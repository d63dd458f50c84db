import type { Progress } from '../../domain/procedure.ts';
import { ownTimeZone, printJson, tell } from './terminal.ts';
import { renderTree } from './tree.ts';

/** Shows a running procedure. */
export interface View {
  show(progress: Progress): void;
  /** A sentence that is not an event of the procedure; not repeated. */
  say(text: string): void;
  /** Leaves what is shown on the screen, so that something else can be written. */
  pause(): void;
  done(): void;
}

/** A live tree on a terminal, one line an event elsewhere. */
export const viewOn = async (out: NodeJS.WriteStream): Promise<View> =>
  out.isTTY ? liveView(out) : lineView(out);

async function liveView(out: NodeJS.WriteStream): Promise<View> {
  const { createLogUpdate } = await import('log-update');
  // A terminal that does not know its size says 0, and nothing would be drawn on it.
  out.columns ||= 80;
  out.rows ||= 24;
  const update = createLogUpdate(out, { showCursor: true });
  const color = process.env['NO_COLOR'] === undefined;
  let last: Progress | undefined;
  let said: string | undefined;
  const draw = (): void => {
    const size = { color, width: out.columns, timeZone: ownTimeZone() };
    const tree = last === undefined ? '' : renderTree(last, { nowMs: Date.now(), ...size });
    update([tree, said ?? ''].filter((text) => text !== '').join('\n'));
  };
  return {
    show: (progress) => {
      last = progress;
      said = undefined;
      draw();
    },
    say: (text) => {
      said = text;
      draw();
    },
    pause: () => update.done(),
    done: () => update.done(),
  };
}

const lineView = (out: NodeJS.WritableStream): View =>
  eventView(
    ({ atMs, text }) => out.write(`${timeOfDay(atMs)}  ${text}\n`),
    (text) => out.write(`${text}\n`),
  );

/** One JSON document an event, on stdout. */
export const jsonView = (): View => eventView(printJson, tell);

type Event = Progress['events'][number];

function eventView(write: (event: Event) => void, writeSentence: (text: string) => void): View {
  let lastText = '';
  let seenUntil = { atMs: 0, count: 0 };
  return {
    show: ({ events }) => {
      // Events of one millisecond are told apart by their number; old ones fall out of the list at its front.
      const fresh = events.filter(({ atMs }) => atMs >= seenUntil.atMs);
      const sameMs = fresh.filter(({ atMs }) => atMs === seenUntil.atMs).length;
      const skip = Math.min(seenUntil.count, sameMs);
      for (const event of fresh.slice(skip)) write(event);
      const atMs = events.at(-1)?.atMs ?? seenUntil.atMs;
      seenUntil = { atMs, count: events.filter((event) => event.atMs === atMs).length };
    },
    say: (text) => {
      if (text !== lastText) writeSentence(text);
      lastText = text;
    },
    pause: () => undefined,
    done: () => undefined,
  };
}

const timeOfDay = (atMs: number): string => new Date(atMs).toISOString().slice(11, 19);
