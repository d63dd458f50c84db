import { taskQueueOf } from '../../workflows/contracts.ts';
import { validateWorkflowId, type ValidateScalingInput } from '../../workflows/contracts/validate-scaling.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { createPlatform } from '../../workers/platform.ts';
import type { Lab } from '../../demo/lab.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { resetPlatform, startEmergency, underNormalLoad } from './steps.ts';

/** The checklist and the benchmarks on a platform that was scaled; and once more with a replica that nobody sends anything to. */
export const validate: Scenario = {
  title: 'post-scaling validation: the table passes, and fails when a replica gets no requests',
  run: (lab, options) => underNormalLoad(lab, () => play(lab, options)),
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  await resetPlatform(lab);
  await (await startEmergency(lab)).result();
  progress('scaled: validate');
  const good = await run(lab);
  await lab.saveHistory(good.workflowId, 'validateScaling/completed');
  progress(`${good.outcome}: ${good.reason}`);
  await leaveOneOut(lab);
  progress('one gateway is out of the upstream: validate again');
  const bad = await run(lab, { watchMs: 0 });
  progress(`${bad.outcome}: ${bad.reason}`);
  await resetPlatform(lab);

  const rows = good.validation ?? [];
  const failed = rows.filter(({ verdict }) => verdict === 'fail');
  const violations = failed.map(
    ({ check, subject, measured, reason }) => `${check} of ${subject}: ${measured} (${reason})`,
  );
  if (good.outcome !== 'completed') violations.push(`outcome ${good.outcome}: ${good.reason}`);
  const spread = bad.validation?.find(({ check }) => check.includes('balanced'));
  if (spread?.verdict !== 'fail')
    violations.push(`a replica without requests was not seen: ${spread?.measured}`);
  if (bad.outcome !== 'failed') violations.push(`the second outcome is ${bad.outcome}`);
  return {
    outcome: good.outcome,
    violations,
    facts: {
      validationMs: good.endedAtMs - good.startedAtMs,
      passed: rows.filter(({ verdict }) => verdict === 'pass').length,
      failed: failed.length,
      unknown: rows
        .filter(({ verdict }) => verdict === 'unknown')
        .map(({ check, subject }) => `${check} of ${subject}`),
      table: rows,
      withoutOneReplica: { outcome: bad.outcome, spread },
    },
  };
}

async function run(lab: Lab, more: Partial<ValidateScalingInput> = {}): Promise<ProcedureResult> {
  const input = {
    environment: lab.environment,
    requestedBy: 'scenario',
    // Lines that the scaling itself has caused are not what is shown here.
    errorsOfMs: 10_000,
    watchMs: 20_000,
    everyMs: 2_000,
    ...more,
  };
  const handle = await lab.client.workflow.start<() => Promise<ProcedureResult>>('validateScaling', {
    workflowId: validateWorkflowId(lab.environment),
    taskQueue: taskQueueOf(lab.environment),
    args: [input] as never,
  });
  return handle.result();
}

/** As somebody would who edits nginx by hand. */
async function leaveOneOut(lab: Lab): Promise<void> {
  const { loadBalancer } = lab.catalog;
  if (loadBalancer === undefined) throw new Error('the demo has a balancer');
  const { service, upstreamService, configFile } = loadBalancer;
  const platform = createPlatform(lab.catalog);
  const observed = await platform.observe([service, upstreamService]);
  const [nginx, left] = [observed[service]?.[0]?.name ?? '', observed[upstreamService]?.at(-1)?.name ?? ''];
  const lines = (await platform.readFile(nginx, configFile)).split('\n');
  const without = lines.filter((line) => !line.includes(`server ${left}:`));
  if (without.length === lines.length) throw new Error(`${left} is not in the upstream`);
  await platform.writeFile(nginx, configFile, without.join('\n'));
  await platform.exec(nginx, ['nginx', '-s', 'reload']);
  await platform.close();
}
