import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, plan, quiet } from './planned-stage.ts';

let stage: Stage;
beforeEach(async () => {
  await sharedEnvironment('dev');
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const limits = { cpus: 1, memoryBytes: 2 ** 30 };
const resources = { composeFile: { resources: { 'message-service': { limits } } } };

/** A ramp that was terminated in its soak: everything is scaled, and the file says so, with other resources. */
const terminated = async (): Promise<string> => {
  const gate = gateAt(stage.world, 'watchGate api-gateway message-service whatsapp-connector');
  const { handle } = await plan(stage, HOUR / 4, resources);
  await gate.reached;
  await handle.terminate('test');
  gate.open();
  stage.world.calls.length = 0;
  return handle.workflowId;
};
const repaired = async (procedureId: string, mode: 'show' | 'undo') =>
  (await stage.run('repair', { mode, procedureId })).result();
const messages = ({ notes }: { notes: { message: string }[] }): string =>
  notes.map(({ message }) => message).join('\n');

describe('repair of a terminated plannedScaling', () => {
  test('shows the lines of the file, puts its bytes back, and renews what ran by the edited one', async () => {
    const id = await terminated();
    expect(Object.keys(stage.world.composeFile)).not.toEqual([]);
    expect(messages(await repaired(id, 'show'))).toMatch(/wrote into the compose file: \+.*message-service/);
    expect(stage.world.calls.filter((call) => /^(restore|renew|scale)/.test(call))).toEqual([]);
    expect(await repaired(id, 'undo')).toMatchObject({ outcome: 'completed', leftOver: [] });
    expect(stage.world.composeFile).toEqual({});
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
    const writes = stage.world.calls.filter((call) => /^(restoreComposeFile|renewService)/.test(call));
    expect(writes.map((call) => call.replace(/docker.*/, 'copy'))).toEqual([
      'restoreComposeFile copy',
      'renewService message-service 1',
    ]);
  });

  test('after a foreign edit shows it, puts the counts back, and holds the file as it is', async () => {
    const id = await terminated();
    const { composeFile } = stage.world;
    stage.world.foreignLines = ['+    # by hand'];
    expect(messages(await repaired(id, 'show'))).toMatch(
      /somebody else has edited the compose file since, so it is held and not put back: \+ {4}# by hand/,
    );
    const result = await repaired(id, 'undo');
    expect(result).toMatchObject({ outcome: 'held', code: 'FileChanged' });
    expect(result.reason).toContain('# by hand');
    expect(stage.world.composeFile).toEqual(composeFile);
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
    // By a file that is not put back nothing is renewed.
    expect(stage.world.calls.filter((call) => call.startsWith('renewService'))).toEqual([]);
  });
});

test('emergencyRollback of a ramp renews what ran by the edited file, after everything else', async () => {
  const gate = gateAt(stage.world, 'watchGate api-gateway message-service whatsapp-connector');
  const { handle } = await plan(stage, HOUR / 4, resources);
  await gate.reached;
  stage.world.calls.length = 0;
  const rollback = await stage.rollback({ procedureId: handle.workflowId, stabilizeMs: 0 });
  expect(await rollback.result()).toMatchObject({ outcome: 'completed', leftOver: [] });
  gate.open();
  expect(stage.world.composeFile).toEqual({});
  const writes = stage.world.calls.filter((call) => /^(scale|reload|restore|renew)/.test(call));
  expect(writes.at(-1)).toBe('renewService message-service 1');
});
