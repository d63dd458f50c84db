import { call, labels, type Engine } from './engine.ts';

/** Resolves at the first event of the services' containers (health, start, die, …), or after `timeoutMs`. */
export async function nextChange(
  { docker, spec }: Engine,
  services: readonly string[],
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  signal?.throwIfAborted();
  const filters = { type: ['container'], label: [`${labels.project}=${spec.project}`] };
  const stream = (await call(() =>
    docker.getEvents({ filters: JSON.stringify(filters) as never }),
  )) as NodeJS.ReadableStream & { destroy(): void };
  try {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener('abort', done, { once: true });
      for (const event of ['end', 'error', 'close']) stream.once(event, done);
      stream.on('data', (chunk: Buffer) => {
        if (
          chunk
            .toString('utf8')
            .split('\n')
            .some((line) => concerns(line, services))
        )
          done();
      });
    });
  } finally {
    stream.destroy();
  }
  signal?.throwIfAborted();
}

const telling = /^(create|start|die|destroy|restart|pause|unpause|health_status)/;

function concerns(line: string, services: readonly string[]): boolean {
  if (line.trim() === '') return false;
  try {
    const { Action, Actor } = JSON.parse(line) as {
      Action: string;
      Actor: { Attributes: Record<string, string> };
    };
    return telling.test(Action) && services.includes(Actor.Attributes[labels.service] ?? '');
  } catch {
    // Half an event at the end of a chunk: looking once more costs nothing.
    return true;
  }
}
