import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Platform } from '../../platforms/platform.ts';
import { fixtureFor } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let platform: LocalPlatform;
beforeEach(async () => {
  platform = await startLocalPlatform();
});
afterEach(() => platform.close());

const scan = async (
  input: { tail: number; sinceMs?: number },
  logs: Platform['logs'] = (...query) => platform.logs(...query),
) => {
  const fixture = fixtureFor(platform, { platform: { ...platform, logs } });
  const [found] = await fixture.run((activities) =>
    activities.scanLogs({ services: ['api-gateway'], ...input }),
  );
  return found;
};

describe('scanLogs', () => {
  it('counts the lines of trouble and no log that could not be read: that one is said', async () => {
    const gone = await platform.add('api-gateway');
    const { name } = await platform.add('api-gateway');
    platform.say(name, 'ERROR no pool');
    const logs: Platform['logs'] = async (replica, query, signal) => {
      if (replica === gone.name) throw new CrescendoError('PlatformUnavailable', 'no such container');
      return platform.logs(replica, query, signal);
    };
    expect(await scan({ tail: 100, sinceMs: 60_000 }, logs)).toEqual({
      service: 'api-gateway',
      count: 1,
      excerpts: ['1 x ERROR no pool'],
      unread: [`the log of ${gone.name} could not be read: no such container`],
    });
  });

  it('says of whom it did not read everything since the time asked for', async () => {
    const { name } = await platform.add('api-gateway');
    const logs: Platform['logs'] = async () =>
      Array.from({ length: 3 }, () => ({ replica: name, atMs: 1, text: 'fine' }));
    expect(await scan({ tail: 3, sinceMs: 60_000 }, logs)).toMatchObject({ cut: [name], cutAt: 3 });
    // The last lines, whenever they were written, are all that was asked for.
    expect(await scan({ tail: 3 }, logs)).not.toHaveProperty('cut');
  });
});
