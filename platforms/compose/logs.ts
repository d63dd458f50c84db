import type { LogLine, LogQuery } from '../platform.ts';
import { abortable, call, type Engine } from './engine.ts';
import { joinFrames } from './frames.ts';

/** Lines of one replica, oldest first, with the engine's time stamps. */
export async function logs(
  { docker }: Engine,
  replica: string,
  { tail, sinceMs, untilMs }: LogQuery,
  signal?: AbortSignal,
): Promise<LogLine[]> {
  const options = {
    follow: false as const,
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(tail === undefined ? {} : { tail }),
    ...(sinceMs === undefined ? {} : { since: sinceMs / 1_000 }),
    ...(untilMs === undefined ? {} : { until: untilMs / 1_000 }),
    ...abortable(signal),
  };
  const raw = await call(() => docker.getContainer(replica).logs(options), signal);
  return joinFrames(Buffer.from(raw))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineOf(replica, line));
}

function lineOf(replica: string, line: string): LogLine {
  const space = line.indexOf(' ');
  const atMs = Date.parse(line.slice(0, space));
  if (Number.isNaN(atMs)) return { replica, atMs: 0, text: line };
  return { replica, atMs, text: line.slice(space + 1).replace(/\r$/, '') };
}
