import { call, type Engine } from './engine.ts';
import type { LogLine, LogQuery } from '../platform.ts';

/** Lines of one replica, oldest first, with the engine's time stamps. */
export async function logs(
  { docker }: Engine,
  replica: string,
  { tail, sinceMs, untilMs }: LogQuery,
  signal?: AbortSignal,
): Promise<LogLine[]> {
  signal?.throwIfAborted();
  const container = docker.getContainer(replica);
  const seconds = (ms: number): number => ms / 1_000;
  const raw = (await call(() =>
    container.logs({
      follow: false,
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(tail === undefined ? {} : { tail }),
      ...(sinceMs === undefined ? {} : { since: seconds(sinceMs) }),
      ...(untilMs === undefined ? {} : { until: seconds(untilMs) }),
    } as { follow: false }),
  )) as unknown as Buffer;
  return demultiplex(Buffer.from(raw))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineOf(replica, line));
}

/** The engine's frames: a byte for the stream, three empty ones, four for the length. A terminal's log has none. */
export function demultiplex(raw: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 8 <= raw.length) {
    const stream = raw[at] ?? 0;
    if (stream > 2 || raw.readUIntBE(at + 1, 3) !== 0) return raw.toString('utf8');
    const length = raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString('utf8');
}

function lineOf(replica: string, line: string): LogLine {
  const space = line.indexOf(' ');
  const atMs = Date.parse(line.slice(0, space));
  if (Number.isNaN(atMs)) return { replica, atMs: 0, text: line };
  return { replica, atMs, text: line.slice(space + 1).replace(/\r$/, '') };
}
