import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { progressQuery, resumeUpdate } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { calm } from './world.ts';

const MINUTE = 60_000;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  scaleOut(stage);
});
afterEach(() => stage.close());
// A file and a server of its own: timers that cancelled activities leave behind fire when a day is skipped over.
afterAll(async () => (await sharedEnvironment()).teardown());

/** After an event: three, three and two, with little to do. */
const scaleOut = ({ world }: Stage): void => {
  calm(world);
  world.replicas = {
    'api-gateway': 3,
    'message-service': 3,
    'whatsapp-connector': 2,
    'telegram-connector': 1,
  };
  world.upstream = { 'api-gateway': 3 };
};
const minimum = { to: 'minimum' };
const scaled = (): string[] => stage.world.calls.filter((call) => call.startsWith('scaleService'));
const untilPhase = (handle: Awaited<ReturnType<Stage['run']>>, phase: string): Promise<unknown> =>
  waitFor(async () => (await handle.query(progressQuery)).phase === phase, {
    timeoutMs: 10_000,
    what: `phase ${phase}`,
  });

describe('the history of gradualScaleDown', () => {
  test('a worker that knows nothing but the history changes nothing, at whatever step it comes', async () => {
    await stage.close();
    stage = await openStage({ forgetful: true });
    scaleOut(stage);
    stage.world.verdicts = ['pass', 'pass', 'inconclusive', 'fail'];
    const handle = await stage.run('gradualScaleDown', minimum);
    await stage.env.sleep('33m');
    await untilPhase(handle, 'paused');
    await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'held', code: 'GateFailed' });
    expect(scaled()).toEqual([
      'scaleService whatsapp-connector 1',
      'scaleService message-service 2',
      'scaleService message-service 1',
      'scaleService api-gateway 2',
      'scaleService api-gateway 3',
    ]);
  });

  test('a soak of 24 h adds six events to the history, whatever it sees', async () => {
    const day = 24 * 60 * MINUTE;
    const input = { targets: { 'whatsapp-connector': 1 }, stepMs: day, stableMs: 1_000 };
    const handle = await stage.run('gradualScaleDown', input);
    const result = await handle.result();
    expect(result.outcome).toBe('completed');
    expect(result.endedAtMs - result.startedAtMs).toBeGreaterThanOrEqual(day);
    const { events } = await handle.fetchHistory();
    const names = (events ?? []).map(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name,
    );
    const begin = names.indexOf('watchGate');
    const next = names.findIndex((name, index) => index > begin && name !== undefined);
    expect(next - begin).toBeLessThan(10);
  });
});
