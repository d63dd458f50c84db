import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LeaseTable } from '../../domain/procedure.ts';
import { leasePriority, leaseTableQuery, leaseWorkflowId, taskQueueOf } from '../../workflows/contracts.ts';
import { localServer, waitFor } from '../support/index.ts';
import { fixtureFor, type Fixture } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let temporal: TestWorkflowEnvironment;
let platform: LocalPlatform;
let fixture: Fixture;
let worker: Worker;
let working: Promise<void>;
const started: WorkflowHandle[] = [];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  temporal = await localServer();
  platform = await startLocalPlatform();
  await platform.add('api-gateway');
  fixture = fixtureFor(platform, { client: temporal.client });
  worker = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue: taskQueueOf('test'),
    workflowsPath: new URL('workflows.ts', import.meta.url).pathname,
    activities: fixture.activities,
  });
  working = worker.run();
}, 300_000);

afterAll(async () => {
  worker?.shutdown();
  await working;
  await temporal?.teardown();
  await platform?.close();
});

beforeEach(() => {
  started.length = 0;
});
afterEach(async () => {
  const lease = temporal.client.workflow.getHandle(leaseWorkflowId('test'));
  for (const handle of [...started, lease]) await handle.terminate('end of the test').catch(() => undefined);
});

const startHolder = async (input: { deaf?: boolean } = {}) => {
  const handle = await temporal.client.workflow.start('holder', {
    workflowId: `holder-${randomBytes(4).toString('hex')}`,
    taskQueue: taskQueueOf('test'),
    args: [input],
  });
  started.push(handle);
  return { handle, id: handle.workflowId, runId: handle.firstExecutionRunId };
};

const request = ({ id, runId }: { id: string; runId: string }) =>
  fixture.run((activities) =>
    activities.requestLease({
      holder: id,
      runId,
      procedure: 'holder',
      services: ['api-gateway'],
      priority: leasePriority.emergency,
    }),
  );

const table = (): Promise<LeaseTable> =>
  temporal.client.workflow.getHandle(leaseWorkflowId('test')).query(leaseTableQuery);
const scale = (fencingToken: number, service = 'api-gateway') =>
  fixture.run((activities) =>
    activities.scaleService({ operationId: 'x/1', fencingToken, service, replicas: 1 }),
  );

describe('a lease', () => {
  it('is granted by the lease workflow, which is started when it is not there', async () => {
    const procedure = await startHolder();
    await request(procedure);
    expect((await table()).held).toMatchObject([{ holder: procedure.id, services: ['api-gateway'] }]);
  });

  it('lets its holder write, and nobody with another token or for another service', async () => {
    await request(await startHolder());
    const token = (await table()).held[0]?.fencingToken ?? 0;
    expect((await scale(token)).facts).toEqual(['api-gateway already has 1 replicas']);
    await expect(scale(token - 1)).rejects.toMatchObject({ type: 'LeaseLost' });
    await expect(scale(token, 'message-service')).rejects.toMatchObject({ type: 'LeaseLost' });
  });

  it('is lost when it was given back, when its workflow was terminated, and when there never was one', async () => {
    await expect(scale(1)).rejects.toMatchObject({ type: 'LeaseLost' });
    const procedure = await startHolder();
    await request(procedure);
    const token = (await table()).held[0]?.fencingToken ?? 0;
    await fixture.run((activities) =>
      activities.releaseLease({ holder: procedure.id, runId: procedure.runId }),
    );
    await expect(scale(token)).rejects.toMatchObject({ type: 'LeaseLost' });
    await request(procedure);
    const next = (await table()).held[0]?.fencingToken ?? 0;
    await temporal.client.workflow.getHandle(leaseWorkflowId('test')).terminate();
    await expect(scale(next)).rejects.toMatchObject({ type: 'LeaseLost' });
  });

  it('can be given back where there is no lease workflow', async () => {
    await fixture.run((activities) => activities.releaseLease({ holder: 'nobody', runId: 'none' }));
  });
});

describe('waitForHolderToEnd', () => {
  const wait = (holders: { workflowId: string; runId: string }[], timeoutMs: number) =>
    fixture.run((activities) => activities.waitForHolderToEnd({ holders, timeoutMs }));

  it('names a holder that was terminated, and one that never was', async () => {
    const [lives, dies] = [await startHolder(), await startHolder()];
    const holders = [lives, dies].map(({ id, runId }) => ({ workflowId: id, runId }));
    const waiting = wait(holders, 20_000);
    await dies.handle.terminate();
    expect(await waiting).toEqual([dies.id]);
    expect(await wait([{ workflowId: 'never-was', runId: '' }], 20_000)).toEqual(['never-was']);
  });

  it('comes back with nobody when the time is over', async () => {
    const lives = await startHolder();
    expect(await wait([{ workflowId: lives.id, runId: lives.runId }], 300)).toEqual([]);
  });
});

describe('another procedure', () => {
  const stop = (procedureId: string, timeoutMs = 10_000) =>
    fixture.run((activities) => activities.stopProcedure({ procedureId, reason: 'rollback', timeoutMs }));
  const read = (procedureId: string) =>
    fixture.run((activities) => activities.readProcedure({ procedureId }));

  it('is read while it runs and after it has ended', async () => {
    const { id } = await startHolder();
    await waitFor(async () => (await read(id)).plan !== null, { timeoutMs: 10_000, what: 'its plan' });
    expect(await read(id)).toMatchObject({ plan: { hash: 'plan-hash' }, result: null, running: true });
    await stop(id);
    expect(await read(id)).toMatchObject({
      plan: { hash: 'plan-hash' },
      result: { outcome: 'held' },
      running: false,
    });
  });

  it('stops when it is asked to, and asking again does no harm', async () => {
    const { id } = await startHolder();
    expect((await stop(id)).facts).toEqual([`${id} stopped: held`]);
    expect((await stop(id)).facts).toEqual([`${id} had ended already`]);
  });

  it('that does not stop in time is named', async () => {
    const { id } = await startHolder({ deaf: true });
    await expect(stop(id, 500)).rejects.toMatchObject({ type: 'ProcedureNotStopped' });
  });

  it('that is terminated meanwhile has ended', async () => {
    const { id, handle } = await startHolder({ deaf: true });
    const stopping = stop(id);
    await handle.terminate();
    expect((await stopping).facts[0]).toContain(`${id} `);
  });

  it('whose worker is away tells no plan, and why: that is not the same as having none', async () => {
    const handle = await temporal.client.workflow.start('holder', {
      workflowId: `holder-${randomBytes(4).toString('hex')}`,
      taskQueue: 'nobody-works-here',
      args: [{}],
    });
    started.push(handle);
    const found = await fixture.run((activities) =>
      activities.readProcedure({ procedureId: handle.workflowId, planMs: 300 }),
    );
    expect(found).toMatchObject({ plan: null, planUnread: expect.any(String) as string, running: true });
  });

  it('that never was has neither a plan nor a result', async () => {
    expect(await read('never-was')).toEqual({ plan: null, result: null, running: false });
    expect((await stop('never-was')).facts).toEqual(['never-was had ended already']);
  });
});
