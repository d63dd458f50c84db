import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { incidentWorkflowId } from '../../workflows/contracts.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';

/** Terminate and what comes after it: on a real server, the skipping one only imitates it. */
describe('repair', () => {
  let stage: Stage;
  beforeAll(() => sharedEnvironment('dev'));
  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(() => stage.close());
  afterAll(async () => (await sharedEnvironment('dev')).teardown());

  const cutOff = async (): Promise<void> => {
    const gate = gateAt(stage.world, 'waitForReplicas message-service 3');
    const handle = await stage.start();
    await gate.reached;
    await handle.terminate('test');
    gate.open();
  };
  const repair = async (mode: string) => {
    const procedureId = incidentWorkflowId(stage.environment);
    const named = mode === 'show' ? {} : { procedureId };
    return (await stage.run('repair', { mode, ...named })).result();
  };

  test('shows what a terminated procedure left over, and changes nothing', async () => {
    await cutOff();
    const before = { ...stage.world.replicas };
    const result = await repair('show');
    expect(result.outcome).toBe('no_change');
    expect(result.reason).toMatch(/left over by .*-emergency: \d things/);
    expect(result.notes.map(({ message }) => message)).toContain('api-gateway runs 3 replicas; 1 ran before');
    expect(stage.world.replicas).toEqual(before);
  });

  test('undo goes back to what ran before it, and a second time there is nothing left', async () => {
    await cutOff();
    expect((await repair('undo')).outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
    expect(stage.world.upstream['api-gateway']).toBe(1);
    expect(await repair('undo')).toMatchObject({ outcome: 'no_change', reason: 'nothing is left over' });
  });

  test('adopt leaves what runs and makes the balancer follow it', async () => {
    await cutOff();
    stage.world.upstream['api-gateway'] = 1;
    expect((await repair('adopt')).outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 3, 'message-service': 3 });
    expect(stage.world.upstream['api-gateway']).toBe(3);
  });

  test('what a procedure did that ended by itself is meant, and no left-over', async () => {
    await (await stage.start()).result();
    expect(await repair('undo')).toMatchObject({ outcome: 'no_change', reason: 'nothing is left over' });
    expect(stage.world.replicas['api-gateway']).toBe(3);
  });

  test('a procedure that left no mark on the platform is found by its own history, and undone', async () => {
    const gate = gateAt(stage.world, 'waitForDatabase redis');
    const handle = await stage.run('resizeRedis', { memoryBytes: 8 * 2 ** 30 });
    await gate.reached;
    await handle.terminate('test');
    gate.open();
    const { limits } = stage.world.database;
    expect(limits.memoryBytes).toBe(8 * 2 ** 30);
    const shown = await (await stage.run('repair', { mode: 'show' })).result();
    expect(shown.reason).toContain(`left over by ${handle.workflowId}`);
    const undo = { mode: 'undo', procedureId: handle.workflowId };
    const undone = await (await stage.run('repair', undo)).result();
    expect(undone).toMatchObject({ outcome: 'completed' });
    expect(stage.world.database.limits.memoryBytes).toBe(4 * 2 ** 30);
    expect(await (await stage.run('repair', undo)).result()).toMatchObject({ outcome: 'no_change' });
  });

  test('a read replica that was cut off in the middle is taken away, the slot too', async () => {
    const gate = gateAt(stage.world, 'waitForStreaming postgres-replica-1');
    const handle = await stage.run('addReadReplica', {});
    await gate.reached;
    await handle.terminate('test');
    gate.open();
    expect(stage.world.standbys.slots).toHaveLength(1);
    const undo = { mode: 'undo', procedureId: handle.workflowId };
    expect(await (await stage.run('repair', undo)).result()).toMatchObject({ outcome: 'completed' });
    expect(stage.world.standbys).toEqual({ slots: [], services: [] });
  });

  test('what was adopted is adopted: a repair after it finds nothing', async () => {
    await cutOff();
    expect(await repair('adopt')).toMatchObject({ reason: 'what runs is declared right' });
    expect(await repair('show')).toMatchObject({ outcome: 'no_change', reason: 'nothing is left over' });
    expect(await repair('undo')).toMatchObject({ outcome: 'no_change', reason: 'nothing is left over' });
    expect(stage.world.replicas['api-gateway']).toBe(3);
  });

  test('what another procedure has done well since is not undone', async () => {
    await cutOff();
    stage.world.replicas['message-service'] = 1;
    expect(await (await stage.start()).result()).toMatchObject({ outcome: 'completed' });
    await repair('undo');
    expect(stage.world.replicas['message-service']).toBe(3);
  });

  test('what still runs is no left-over: it is refused, and so is an undo that names nobody', async () => {
    const gate = gateAt(stage.world, 'waitForReplicas message-service 3');
    const handle = await stage.start();
    await gate.reached;
    expect(await repair('undo')).toMatchObject({ outcome: 'rejected', code: 'PlanRefused' });
    await expect((await stage.run('repair', { mode: 'undo' })).result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput' },
    });
    gate.open();
    expect((await handle.result()).outcome).toBe('completed');
  });
});
