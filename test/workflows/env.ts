import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { onTestFailed } from 'vitest';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import {
  incidentWorkflowId,
  rollbackWorkflowId,
  taskQueueOf,
  type EmergencyRollbackInput,
  type EmergencyScalingInput,
} from '../../workflows/contracts.ts';
import { localServer, timeSkipping } from '../support/index.ts';
import { createWorld, type World } from './world.ts';

export interface Stage {
  env: TestWorkflowEnvironment;
  world: World;
  environment: string;
  start(input?: Partial<EmergencyScalingInput>): Promise<WorkflowHandle<() => Promise<ProcedureResult>>>;
  /** Any other procedure. */
  run(type: string, input?: object): Promise<WorkflowHandle<() => Promise<ProcedureResult>>>;
  rollback(input?: Partial<EmergencyRollbackInput>): Promise<WorkflowHandle<() => Promise<ProcedureResult>>>;
  close(): Promise<void>;
}

let shared: Promise<TestWorkflowEnvironment> | undefined;
let skipsTime = false;
let isInstalled = false;
/** Servers on which a test failed: what still waits there would fail once more if they ended before the file. */
const left: TestWorkflowEnvironment[] = [];

/**
 * One server for a test file: `skipping` skips time, `dev` is a real server, for what the other only imitates
 * (terminate, describe, heartbeats of a failed activity).
 */
export const sharedEnvironment = (kind: 'skipping' | 'dev' = 'skipping'): Promise<TestWorkflowEnvironment> =>
  (shared ??= open(kind));

function open(kind: 'skipping' | 'dev'): Promise<TestWorkflowEnvironment> {
  installRuntime();
  skipsTime = kind === 'skipping';
  return skipsTime ? lastOf(timeSkipping()) : localServer();
}

/** Its end is that of the servers before it, too. */
async function lastOf(opened: Promise<TestWorkflowEnvironment>): Promise<TestWorkflowEnvironment> {
  const env = await opened;
  const teardown = env.teardown.bind(env);
  env.teardown = async () => {
    await Promise.all([teardown(), ...left.splice(0).map((one) => one.teardown())]);
  };
  return env;
}

function installRuntime(): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
}

/** A test that fails in the middle leaves the time of the skipping server standing still: the next test gets another server. */
function renewAfterFailure(env: TestWorkflowEnvironment): void {
  onTestFailed(() => {
    shared = undefined;
    left.push(env);
  });
}

/**
 * A world of its own with a worker on the file's server. `forgetful`: a worker that keeps no procedure in its memory, so that each
 * task replays the whole history: as after a restart of it at each step.
 */
export async function openStage({ forgetful = false } = {}): Promise<Stage> {
  const env = await sharedEnvironment();
  const environment = `t${randomUUID().slice(0, 8)}`;
  const world = createWorld(environment, () => env.client);
  if (skipsTime) renewAfterFailure(env);
  world.trueTimes = skipsTime;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    namespace: env.namespace ?? 'default',
    taskQueue: taskQueueOf(environment),
    workflowBundle: await workflowBundle(),
    activities: { ...world.activities },
    maxHeartbeatThrottleInterval: 100,
    defaultHeartbeatThrottleInterval: 100,
    ...(forgetful ? { maxCachedWorkflows: 0 } : {}),
  });
  const running = worker.run();
  const begin = (type: string, workflowId: string, input: object) =>
    env.client.workflow.start<() => Promise<ProcedureResult>>(type, {
      workflowId,
      taskQueue: taskQueueOf(environment),
      args: [{ environment, requestedBy: 'test', ...input }] as never,
    });
  return {
    env,
    world,
    environment,
    start: (input = {}) => begin('emergencyScaling', incidentWorkflowId(environment), input),
    run: (type, input = {}) => begin(type, `${type}-${environment}`, input),
    rollback: (input = {}) => begin('emergencyRollback', rollbackWorkflowId(environment), input),
    close: async () => {
      worker.shutdown();
      await running;
    },
  };
}

/** A gate in the world: `reached` resolves when an activity came to it, `open` lets it go on. */
export function gateAt(world: World, call: string): { reached: Promise<void>; open: () => void } {
  const reached = latch();
  const opened = latch();
  const others = world.before;
  world.before = async (now, context) => {
    await others(now, context);
    if (now !== call) return;
    reached.open();
    const beat = setInterval(() => context.heartbeat(), 50);
    try {
      await Promise.race([opened.opened, context.cancelled]);
    } finally {
      clearInterval(beat);
    }
  };
  return { reached: reached.opened, open: opened.open };
}

function latch(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
