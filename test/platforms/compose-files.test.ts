import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform } from '../../platforms/platform.ts';
import { baseImages } from '../../scripts/setup/index.ts';
import { openProject, type ComposeProject } from './compose-project.ts';

describe('Files and programs in a container', () => {
  let project: ComposeProject;
  let platform: Platform;
  let replica = '';
  beforeAll(async () => {
    project = await openProject(`
services:
  box:
    image: ${baseImages.base}
    init: true
    command: ["busybox", "sleep", "600"]
    volumes: ["./conf.d:/etc/conf.d"]
`);
    await project.compose('up', '-d');
    platform = createComposePlatform({ kind: 'compose', project: project.name });
    replica = `${project.name}-box-1`;
  });
  afterAll(async () => {
    await platform?.close();
    await project?.remove();
  });
  const run = async (...argv: string[]): Promise<string> =>
    (await platform.exec(replica, ['busybox', ...argv])).stdout.trim();

  it('keep owner and mode when they are written anew, in a folder of the host too', async () => {
    for (const file of ['/etc/conf.d/upstream.conf', '/tmp/upstream.conf']) {
      await platform.writeFile(replica, file, 'first');
      expect(await run('stat', '-c', '%u:%g %a', file)).toBe('0:0 644');
      await run('chown', '33:44', file);
      await run('chmod', '640', file);
      await platform.writeFile(replica, file, 'second');
      expect(await run('stat', '-c', '%u:%g %a', file)).toBe('33:44 640');
      expect(await run('cat', file)).toBe('second');
    }
  });

  it('are the ones that a link leads to', async () => {
    await platform.writeFile(replica, '/tmp/real.conf', 'real');
    await run('ln', '-s', 'real.conf', '/tmp/link.conf');
    expect(await platform.readFile(replica, '/tmp/link.conf')).toBe('real');
    await platform.writeFile(replica, '/tmp/link.conf', 'changed');
    expect(await run('cat', '/tmp/real.conf')).toBe('changed');
    expect(await run('readlink', '/tmp/link.conf')).toBe('real.conf');
  });

  it('are not folders', async () => {
    await expect(platform.readFile(replica, '/etc')).rejects.toMatchObject({ type: 'FileNotFound' });
  });

  it('write to two streams that stay apart', async () => {
    expect(await platform.exec(replica, ['busybox', 'sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('are given up when they take longer than they may', async () => {
    const sinceMs = Date.now();
    const running = platform.exec(replica, ['busybox', 'sleep', '30'], { timeoutMs: 300 });
    await expect(running).rejects.toMatchObject({ type: 'PlatformUnavailable' });
    expect(Date.now() - sinceMs).toBeLessThan(5_000);
    const aborted = platform.exec(replica, ['busybox', 'sleep', '30'], { signal: AbortSignal.timeout(100) });
    await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
