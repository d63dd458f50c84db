import { once } from 'node:events';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { deadlineAfter } from './deadline.ts';
import { abortable, call, type Engine } from './engine.ts';
import { splitFrames } from './frames.ts';

/** Runs an argument list inside a replica. @throws PlatformUnavailable when it takes longer than `timeoutMs` (30 s). */
export async function exec(
  { docker }: Engine,
  replica: string,
  argv: readonly string[],
  { signal, timeoutMs = 30_000 }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const deadline = deadlineAfter(timeoutMs, signal);
  const done = deadline.signal;
  try {
    const options = { Cmd: [...argv], AttachStdout: true, AttachStderr: true, ...abortable(done) };
    const created = await call(() => docker.getContainer(replica).exec(options), done);
    const stream = await call(() => created.start({ hijack: true, stdin: false }), done);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    try {
      await once(stream, 'end', { signal: done });
    } finally {
      stream.destroy();
    }
    const { ExitCode } = await call(() => created.inspect(abortable(done)), done);
    return { exitCode: ExitCode ?? -1, ...splitFrames(Buffer.concat(chunks)) };
  } catch (error) {
    signal?.throwIfAborted();
    if (!deadline.hasPassed()) throw error;
    const command = argv.join(' ');
    throw new CrescendoError('PlatformUnavailable', `${command} in ${replica} took over ${timeoutMs} ms`, {
      replica,
      timeoutMs,
    });
  } finally {
    deadline.clear();
  }
}
