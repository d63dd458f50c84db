import { afterEach, beforeEach, expect, it } from 'vitest';
import { pause } from '../../adapters/abort.ts';
import { unlessStopped } from '../../activities/crashing.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let platform: LocalPlatform;
beforeEach(async () => {
  platform = await startLocalPlatform();
});
afterEach(() => platform.close());

/** Half a minute goes by between two looks at the clock. */
const fastClock = (): (() => number) => {
  let nowMs = 0;
  return () => (nowMs += 30_000);
};
const forever = (signal: AbortSignal): Promise<void> => pause(60_000, signal);

it('A wait for a container that was stopped, and is not started again, ends long before its time', async () => {
  const { name } = await platform.add('member', { state: 'exited' });
  platform.say(name, 'shutting down');
  const { signal } = new AbortController();
  await expect(
    unlessStopped({ platform, nowMs: fastClock() }, 'member', signal, forever),
  ).rejects.toMatchObject({ type: 'ReplicaNotReady', message: expect.stringContaining('shutting down') });
});

it('What runs, and what nobody knows as a service, is waited for as long as it takes', async () => {
  await platform.add('member');
  const { signal } = new AbortController();
  const work = (): Promise<string> => pause(1_500, signal).then(() => 'ready');
  expect(await unlessStopped({ platform, nowMs: fastClock() }, 'member', signal, work)).toBe('ready');
  expect(await unlessStopped({ platform, nowMs: fastClock() }, '10.0.0.9', signal, work)).toBe('ready');
});
