import { CrescendoError } from '../../domain/crescendo-error.ts';
import { call, type Engine } from './engine.ts';
import { demultiplex } from './logs.ts';

/** Runs an argument list inside a replica. @throws PlatformUnavailable when it takes longer than `timeoutMs` (30 s). */
export async function exec(
  { docker }: Engine,
  replica: string,
  argv: readonly string[],
  { signal, timeoutMs = 30_000 }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  signal?.throwIfAborted();
  const container = docker.getContainer(replica);
  const created = await call(() =>
    container.exec({ Cmd: [...argv], AttachStdout: true, AttachStderr: true }),
  );
  const stream = await call(() => created.start({ hijack: true, stdin: false }));
  const chunks: Buffer[] = [];
  const finished = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new CrescendoError(
          'PlatformUnavailable',
          `${argv.join(' ')} in ${replica} took over ${timeoutMs} ms`,
        ),
      );
    }, timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener('abort', end, { once: true });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    for (const event of ['end', 'close', 'error']) stream.once(event, end);
  });
  try {
    await finished;
  } finally {
    stream.destroy();
  }
  signal?.throwIfAborted();
  const { ExitCode } = await call(() => created.inspect());
  const raw = Buffer.concat(chunks);
  return { exitCode: ExitCode ?? -1, stdout: demultiplex(only(raw, 1)), stderr: demultiplex(only(raw, 2)) };
}

/** The frames of one stream. */
function only(raw: Buffer, wanted: number): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length;) {
    const end = at + 8 + raw.readUInt32BE(at + 4);
    if (raw[at] === wanted) frames.push(raw.subarray(at, end));
    at = end;
  }
  return Buffer.concat(frames);
}
