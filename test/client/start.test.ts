import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Request } from '../../client/procedures/definition.ts';
import { startProcedure } from '../../client/start-procedure.ts';
import { emergencyScalingInput, incidentWorkflowId, searchAttributes } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from '../workflows/env.ts';

let stage: Stage;
beforeAll(async () => {
  await sharedEnvironment('dev');
  stage = await openStage();
});
afterEach(() => {
  stage.world.before = () => undefined;
});
afterAll(async () => {
  await stage.close();
  await (await sharedEnvironment()).teardown();
});

const request = (more: Partial<Request> = {}): Request => ({
  ...emergencyScalingInput.parse({ environment: stage.environment, requestedBy: 'ada' }),
  ...more,
});
const start = (more?: Partial<Request>) =>
  startProcedure(stage.env.client, 'emergencyScaling', request(more));

it('of two that start in the same moment one starts and the other joins it', async () => {
  const gate = gateAt(stage.world, 'scaleService api-gateway 3');
  const both = await Promise.all([start(), start()]);
  expect(both.filter(({ joined }) => joined)).toHaveLength(1);
  expect(new Set(both.map(({ runId }) => runId)).size).toBe(1);
  await gate.reached;
  const third = await start();
  expect(third).toMatchObject({ joined: true, runId: both[0]?.runId });
  gate.open();
  expect(await third.handle.result()).toMatchObject({ outcome: 'completed', requestedBy: 'ada' });
});

it('a procedure that has ended is not joined: the next start is a run of its own', async () => {
  const { joined, workflowId, handle } = await start();
  expect({ joined, workflowId }).toEqual({
    joined: false,
    workflowId: incidentWorkflowId(stage.environment),
  });
  expect(await handle.result()).toMatchObject({ outcome: 'no_change' });
});

it('one that was started from the UI, without a memo, is joined as well', async () => {
  const gate = gateAt(stage.world, 'scaleService api-gateway 4');
  const fromUi = await stage.start({ targets: { 'api-gateway': 4 } });
  await gate.reached;
  expect(await start()).toMatchObject({ joined: true });
  gate.open();
  await fromUi.result();
});

it('a dry run has an id of its own, joins nothing and leaves nothing behind', async () => {
  const before = { ...stage.world.replicas };
  const [one, other] = await Promise.all([start({ dryRun: true }), start({ dryRun: true })]);
  expect(one.workflowId).not.toBe(other.workflowId);
  expect([one.joined, other.joined]).toEqual([false, false]);
  await Promise.all([one.handle.result(), other.handle.result()]);
  expect(stage.world.replicas).toEqual(before);
});

it('is found by its search attributes, and says in the UI what it is', async () => {
  const { workflowId, runId, handle } = await start({ reason: 'TV spot', trigger: 'alert' });
  await handle.result();
  const name = (which: keyof typeof searchAttributes) => searchAttributes[which].name;
  const query = [
    `${name('environment')} = "${stage.environment}"`,
    `${name('procedure')} = "emergencyScaling"`,
    `${name('requestedBy')} = "ada"`,
    `${name('trigger')} = "alert"`,
  ].join(' AND ');
  const listed = await waitFor(
    async () => {
      for await (const info of stage.env.client.workflow.list({ query })) {
        if (info.runId === runId) return info;
      }
      return undefined;
    },
    { timeoutMs: 10_000, what: 'the listing to know the run' },
  );
  expect(listed.workflowId).toBe(workflowId);
  const details = await handle.describe();
  expect(await details.staticSummary()).toBe(`Scale ${stage.environment} in an emergency`);
  expect(await details.staticDetails()).toContain('Reason: TV spot');
});
