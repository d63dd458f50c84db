import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform, WriteContext } from '../../platforms/platform.ts';

/** Every call of the interface that talks to the engine. */
const calls: Record<string, (platform: Platform, signal: AbortSignal) => Promise<unknown>> = {
  observe: (platform, signal) => platform.observe(['web'], signal),
  host: (platform, signal) => platform.host(signal),
  stats: (platform, signal) => platform.stats(['web'], { windowMs: 100, signal }),
  scale: (platform, signal) =>
    platform.scale({ service: 'web', replicas: 2, stopGraceMs: 1_000 }, context(signal)),
  nextChange: (platform, signal) => platform.nextChange(['web'], { timeoutMs: 60_000, signal }),
  'nextChange that looks first': (platform, signal) =>
    platform.nextChange(['web'], { timeoutMs: 60_000, seen: {}, signal }),
  restart: (platform, signal) => platform.restart('web-1', { stopGraceMs: 1_000 }, context(signal)),
  stop: (platform, signal) => platform.stop('web', { stopGraceMs: 1_000 }, context(signal)),
  start: (platform, signal) => platform.start('web', context(signal)),
  resize: (platform, signal) => platform.resize('web', { cpus: 1 }, context(signal)),
  logs: (platform, signal) => platform.logs('web-1', {}, signal),
  exec: (platform, signal) => platform.exec('web-1', ['true'], { signal }),
  readFile: (platform, signal) => platform.readFile('web-1', '/etc/passwd', signal),
  writeFile: (platform, signal) => platform.writeFile('web-1', '/tmp/file', 'text', signal),
  obstacles: (platform, signal) => platform.obstacles(['web'], signal),
};
const context = (signal: AbortSignal): WriteContext => ({ operationId: 'silent/1', fencingToken: 1, signal });

describe('An engine that takes connections and says nothing', () => {
  const connections = new Set<Socket>();
  let folder = '';
  let server: Server;
  let platform: Platform;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crescendo-silent-'));
    const socketPath = join(folder, 'docker.sock');
    server = createServer((socket) => {
      connections.add(socket);
      socket.on('close', () => connections.delete(socket)).on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => void server.listen(socketPath, resolve));
    platform = createComposePlatform({ kind: 'compose', project: 'any', socketPath });
  });
  afterAll(async () => {
    await platform.close();
    for (const socket of connections) socket.destroy();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(Object.keys(calls))('keeps nobody who has been told to stop: %s', async (name) => {
    const stopping = new AbortController();
    const reason = new Error('the procedure was aborted');
    const work = calls[name]?.(platform, stopping.signal);
    setTimeout(() => stopping.abort(reason), 20);
    await expect(work).rejects.toBe(reason);
  });
});
