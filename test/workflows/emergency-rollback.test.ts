import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';

let stage: Stage;
beforeEach(async () => {
  await sharedEnvironment('dev');
  stage = await openStage();
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

describe('emergencyRollback', () => {
  test('puts back what ran before the incident, not one each', async () => {
    stage.world.replicas['message-service'] = 2;
    await (await stage.start()).result();
    expect(stage.world.replicas).toMatchObject({
      'api-gateway': 3,
      'message-service': 3,
      'whatsapp-connector': 2,
    });
    const result = await (await stage.rollback({ stabilizeMs: 10 })).result();
    expect(result.outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({
      'api-gateway': 1,
      'message-service': 2,
      'whatsapp-connector': 1,
    });
    expect(stage.world.upstream['api-gateway']).toBe(1);
  });

  test('takes the new gateways out of the balancer before it stops them', async () => {
    await (await stage.start()).result();
    stage.world.calls.length = 0;
    await (await stage.rollback({ stabilizeMs: 10 })).result();
    const gateway = stage.world.calls.filter((call) =>
      /^(reloadUpstream|scaleService) api-gateway/.test(call),
    );
    expect(gateway).toEqual(['reloadUpstream api-gateway 1', 'scaleService api-gateway 1']);
  });

  test('checks health and function afterwards, and brings the root cause from the logs', async () => {
    await (await stage.start()).result();
    const result = await (await stage.rollback({ stabilizeMs: 10 })).result();
    expect(result.steps.slice(-3).map(({ id, status }) => `${id} ${status}`)).toEqual([
      'health done',
      'function done',
      'root-cause done',
    ]);
    expect(result.steps.at(-1)?.facts).toEqual(['3x ERROR: pool exhausted']);
  });

  test('one replica each on request, without any procedure before it', async () => {
    stage.world.replicas = { ...stage.world.replicas, 'api-gateway': 4, 'telegram-connector': 3 };
    const result = await (await stage.rollback({ to: 'single', stabilizeMs: 10 })).result();
    expect(result.outcome).toBe('completed');
    expect(Object.values(stage.world.replicas)).toEqual([1, 1, 1, 1]);
  });

  test('a running incident is stopped and its lease taken over', async () => {
    const gate = gateAt(stage.world, 'waitForRebalance message-service-group 3');
    const incident = await stage.start();
    await gate.reached;
    const rollback = await stage.rollback({ stabilizeMs: 10 });
    const [first, second] = await Promise.all([incident.result(), rollback.result()]);
    expect(first.outcome).toBe('held');
    expect(second.outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
  });
});
