import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leaseRequestSignal, leaseWorkflowId } from '../../workflows/contracts.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, MINUTE, plan, quiet, runbookTargets, scaled, type Planned } from './planned-stage.ts';
import { failure } from './world.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const single = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };
const stays = { afterEvent: { scaleDown: false } };
const isDown = (): boolean =>
  stage.world.calls.some((call) => call.startsWith('drainReplicas')) &&
  Object.keys(single).every((service) => stage.world.replicas[service] === 1);

describe('a lease that is lost', () => {
  test('in the middle of a write: the wave comes again under the next one, and the rest follows', async () => {
    let losses = 0;
    stage.world.before = (call) => {
      if (call !== 'scaleService message-service 4' || losses > 0) return;
      losses += 1;
      throw failure('LeaseLost', 'the lease was revoked');
    };
    const { handle } = await plan(stage, 3 * HOUR);
    const result = await handle.result();
    expect(losses).toBe(1);
    expect(result).toMatchObject({ outcome: 'completed', leftOver: [] });
    expect(result.steps.find(({ id }) => id === 'wave-2-message-service')?.status).toBe('done');
    expect(scaled(stage)).toContain('message-service 5');
    expect(stage.world.replicas).toMatchObject(single);
  });

  test('again and again is not waited out: it holds, and says so', async () => {
    stage.world.before = (call) => {
      if (call === 'scaleService message-service 4') throw failure('LeaseLost', 'the lease was revoked');
    };
    const { handle } = await plan(stage, 3 * HOUR, stays);
    expect(await handle.result()).toMatchObject({ outcome: 'held', code: 'LeaseLost' });
    expect(scaled(stage).filter((call) => call === 'message-service 4')).toHaveLength(6);
  });

  test('when the file is written after the event: it holds with that left over, and nothing is undone', async () => {
    stage.world.before = (call) => {
      if (call.startsWith('editComposeFile') && isDown()) throw failure('LeaseLost', 'the lease was revoked');
    };
    const { handle } = await plan(stage, 10 * MINUTE, { event: { lengthMs: 30 * MINUTE } });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'held', code: 'LeaseLost' });
    expect(result.reason).toContain('the compose file does not say so');
    expect(result.leftOver).toHaveLength(1);
    expect(result.steps.filter(({ status }) => status === 'undone')).toEqual([]);
    expect(stage.world.replicas).toMatchObject(single);
  });

  test('or cannot be had after the event: it is held, not rejected', async () => {
    const { handle: other } = await plan(stage, 90 * HOUR, { event: { name: 'other' }, ...stays });
    stage.world.before = (call) =>
      call.startsWith('requestLease') && isDown() ? takeItFirst(other) : undefined;
    const { handle } = await plan(stage, 10 * MINUTE, {
      event: { lengthMs: 30 * MINUTE },
      leaseTimeoutMs: 1_000,
    });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'held', code: 'LeaseHeld' });
    expect(result.leftOver.join()).toContain('somebody else holds a lease');
    expect(stage.world.replicas).toMatchObject(single);
    await other.terminate();
  });
});

async function takeItFirst(other: Planned): Promise<void> {
  const { runId } = await other.describe();
  const lease = stage.env.client.workflow.getHandle(leaseWorkflowId(stage.environment));
  const services = Object.keys(runbookTargets);
  const request = { holder: other.workflowId, runId, procedure: 'plannedScaling', services, priority: 1 };
  await lease.signal(leaseRequestSignal, request);
}
