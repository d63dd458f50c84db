import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../demo/lab.ts';
import { normalRatePerSecond } from '../../demo/spike.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { taskQueueOf } from '../../workflows/contracts.ts';
import { scaleDownWorkflowId } from '../../workflows/contracts/gradual-scale-down.ts';
import { countDeliveries, startConstantLoad } from './constant-load.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { replicaViolations, resetPlatform, scaledOut, single, startEmergency, untilStep } from './steps.ts';

/** Times of the runbook, shortened: 15 min stable, 5 min between, 5 s from look to look. */
const times = { stableMs: 12_000, stableTimeoutMs: 90_000, stepMs: 4_000, everyMs: 1_000, sampleMs: 1_000 };

/** From 3/3/2 to what ran before, one replica at a time, while requests go on: none is lost, and no message. */
export const scaleDown: Scenario = {
  title: 'gradual scale-down under constant load: no request and no message is lost',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const { url, token } = lab.stack;
  const violations: string[] = [];
  await resetPlatform(lab);
  const load = startConstantLoad({ url, token, ratePerSecond: normalRatePerSecond });
  try {
    progress('scaling out to 3, 3 and 2');
    const out = await (
      await startEmergency(lab, { targets: scaledOut, effectiveness: { timeoutMs: 5_000 } })
    ).result();
    violations.push(...(await replicaViolations(lab, scaledOut)));
    // Replicas that have just started use CPU for that.
    await sleep(5_000);
    const before = { sent: load.sent(), lost: load.lost().length, ids: load.ids().length };
    progress(`${out.outcome}: on the way down, ${normalRatePerSecond} requests a second`);
    const result = await runScaleDown(lab, progress);
    for (const step of result.steps) progress(`${step.status} ${step.title}: ${step.facts.join('; ')}`);
    await lab.saveHistory(scaleDownWorkflowId(lab.environment), 'gradualScaleDown/completed');
    await load.stop();
    progress(`${result.outcome}: ${result.reason}; reading what became of ${load.ids().length} messages`);
    const delivered = await countDeliveries({ url, token }, load.ids(), 60_000);

    if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
    violations.push(...(await replicaViolations(lab, single)));
    violations.push(...(await lab.strayContainers()).map((name) => `${name} is left over`));
    const killed = result.steps.find(({ soak }) => soak !== undefined)?.soak;
    // A worker that did not know when the one before it looked last would have missed nothing.
    if (killed?.notes.some((note) => note.startsWith('nobody watched')) !== true)
      violations.push(`the soak of the killed worker did not go on: ${JSON.stringify(killed)}`);
    const lost = load.lost().slice(before.lost);
    violations.push(...lost.map((text) => `lost on the way down: ${text}`));
    violations.push(...delivered.lost.map((id) => `message ${id} was accepted and not delivered`));
    return {
      outcome: result.outcome,
      violations,
      facts: {
        requestsSent: load.sent() - before.sent,
        requestsLost: lost.length,
        messagesProduced: load.ids().length,
        messagesProducedOnTheWayDown: load.ids().length - before.ids,
        messagesLost: delivered.lost.length,
        messagesDeliveredOnce: delivered.once,
        messagesDeliveredMoreThanOnce: delivered.more,
        procedureMs: result.endedAtMs - result.startedAtMs,
        replicasBefore: result.replicasBefore,
        replicasAfter: result.replicasAfter,
        stepMs: stepTimes(result),
        soakOfKilledWorker: killed === undefined ? null : { ...killed, worst: undefined },
      },
    };
  } finally {
    await load.stop();
  }
}

/** The worker is killed in the first soak: the next one goes on with the window that was. */
async function runScaleDown(lab: Lab, progress: (text: string) => void): Promise<ProcedureResult> {
  const handle = await lab.client.workflow.start<() => Promise<ProcedureResult>>('gradualScaleDown', {
    workflowId: scaleDownWorkflowId(lab.environment),
    taskQueue: taskQueueOf(lab.environment),
    args: [{ environment: lab.environment, requestedBy: 'scenario', ...times }] as never,
  });
  await untilStep(handle, 'soak-', 'running');
  await sleep(2_000);
  progress('in the first soak: SIGKILL of the worker');
  await lab.restartWorker();
  return handle.result();
}

/** How long each replica took to go, without the watching after it. */
const stepTimes = ({ steps }: ProcedureResult): Record<string, number> =>
  Object.fromEntries(
    steps
      .filter(({ id }) => id.startsWith('down-'))
      .map(({ id, startedAtMs = 0, endedAtMs = 0 }) => [id, endedAtMs - startedAtMs]),
  );
