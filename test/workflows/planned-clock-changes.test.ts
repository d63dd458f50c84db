import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { formatLocal, offsetMsAt } from '../../domain/local-time.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, lateness, MINUTE, plan, quiet, scaled } from './planned-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const timeZone = 'Europe/Berlin';

/** The next moment from here on at which the clock there is put forward (or back); the server may have skipped years. */
function nextChange(fromMs: number, isForward: boolean): number {
  const by = (atMs: number): number => offsetMsAt(atMs, timeZone) - offsetMsAt(atMs - HOUR, timeZone);
  let atMs = Math.ceil(fromMs / HOUR) * HOUR + 24 * HOUR;
  while (isForward ? by(atMs) <= 0 : by(atMs) >= 0) atMs += HOUR;
  return atMs;
}

test.each([
  { change: 'forward', afterMs: HOUR / 4, firstAt: '00:15:00+01:00' },
  { change: 'back', afterMs: 1.25 * HOUR, firstAt: '02:15:00+02:00' },
])(
  'a procedure for 03:15 of the day on which the clock is put $change goes by the time that passes',
  async ({ change, afterMs, firstAt }) => {
    const changeMs = nextChange(await stage.env.currentTimeMs(), change === 'forward');
    const date = formatLocal(changeMs, timeZone).slice(0, 10);
    const event = { start: `${date}T03:15`, timeZone, lengthMs: HOUR };
    const { handle } = await plan(stage, 0, { event });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', refusals: [] });

    const startMs = changeMs + afterMs;
    const first = result.steps.find(({ id }) => id === 'wave-1-api-gateway')?.dueAtMs ?? 0;
    expect(formatLocal(first, timeZone)).toBe(`${date}T${firstAt}`);
    expect(first).toBe(startMs - 2 * HOUR);
    expect(Math.max(...lateness(result))).toBeLessThan(MINUTE);
    expect(Math.min(...lateness(result))).toBeGreaterThanOrEqual(0);
    expect(scaled(stage)).toHaveLength(7 + 8);
    const down = result.steps.find(({ id }) => id === 'down/stable-traffic')?.startedAtMs ?? 0;
    expect(Math.abs(down - (startMs + HOUR))).toBeLessThan(MINUTE);
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
  },
);
