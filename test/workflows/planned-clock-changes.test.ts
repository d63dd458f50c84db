import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, lateness, MINUTE, plan, quiet, scaled } from './planned-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const at = (text: string): number => Date.parse(text);

/** Every wave at its moment, the way down after the end, whatever the clock on the wall shows. In the order of the server's time. */
test.each([
  [
    'put forward between the first wave and the event',
    { start: '2027-03-28T03:15', startMs: at('2027-03-28T01:15:00Z'), wall: '2027-03-28T00:15:00+01:00' },
  ],
  [
    'put back between the first wave and the event',
    { start: '2027-10-31T03:15', startMs: at('2027-10-31T02:15:00Z'), wall: '2027-10-31T02:15:00+02:00' },
  ],
])('a procedure whose clock is %s goes by the time that passes', async (_what, { start, startMs, wall }) => {
  const { handle } = await plan(stage, 0, { event: { start, timeZone: 'Europe/Berlin', lengthMs: HOUR } });
  const result = await handle.result();
  expect(result.outcome).toBe('completed');
  const first = result.steps.find(({ id }) => id === 'wave-1-api-gateway');
  expect(first?.dueAtMs).toBe(at(wall));
  expect(first?.dueAtMs).toBe(startMs - 2 * HOUR);
  expect(Math.max(...lateness(result))).toBeLessThan(MINUTE);
  expect(Math.min(...lateness(result))).toBeGreaterThanOrEqual(0);
  expect(scaled(stage)).toHaveLength(7 + 8);
  const down = result.steps.find(({ id }) => id === 'down/stable-traffic');
  expect(Math.abs((down?.startedAtMs ?? 0) - (startMs + HOUR))).toBeLessThan(MINUTE);
  expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
});
