/**
 * What a container wrote, out of the frames in which the engine sends it: a byte for the stream (1 or 2), three empty ones,
 * four for the length. A container with a terminal has no frames and one stream.
 */
export function splitFrames(raw: Buffer): { stdout: string; stderr: string } {
  const parts: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
  for (let at = 0; at + 8 <= raw.length;) {
    if (!isFrame(raw, at)) return { stdout: raw.toString('utf8'), stderr: '' };
    const end = at + 8 + raw.readUInt32BE(at + 4);
    parts[raw[at] === 2 ? 2 : 1].push(raw.subarray(at + 8, end));
    at = end;
  }
  return {
    stdout: Buffer.concat(parts[1]).toString('utf8'),
    stderr: Buffer.concat(parts[2]).toString('utf8'),
  };
}

/** The same with both streams in the order in which they were written. */
export function joinFrames(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length;) {
    if (!isFrame(raw, at)) return raw.toString('utf8');
    const end = at + 8 + raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
}

const isFrame = (raw: Buffer, at: number): boolean => (raw[at] ?? 9) <= 2 && raw.readUIntBE(at + 1, 3) === 0;
