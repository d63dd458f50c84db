import { readFile } from 'node:fs/promises';
import type { Lab } from '../../demo/lab.ts';
import { until } from '../../demo/processes.ts';
import { startConstantLoad } from './constant-load.ts';
import { composeUpChanged, startPlanned, upstreamServers } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { progressOf, replicaViolations, resetPlatform } from './steps.ts';

/** A new replica of the gateway fails every request, as a broken one would: errors rise, and all is put back without anybody. */
export const plannedRegression: Scenario = {
  title: 'planned scaling with a fault in a new replica: rolled back by itself',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const { url, token, composeFile } = lab.stack;
  const violations: string[] = [];
  await resetPlatform(lab);
  const bytesBefore = await readFile(composeFile, 'utf8');
  const load = startConstantLoad({ url, token, ratePerSecond: 8 });
  try {
    const handle = await startPlanned(lab, {
      event: { name: 'broken launch', start: new Date(Date.now() + 60_000).toISOString(), lengthMs: 60_000 },
      targets: { 'api-gateway': 2, 'message-service': 2 },
      steps: [{ share: 1, beforeMs: 52_000 }],
      soakMs: 60_000,
    });
    const soaking = async (): Promise<boolean> =>
      (await progressOf(handle)).steps.some(({ id }) => id === 'wave-1-soak');
    await until('the new replicas are watched', soaking, 90_000, 200);
    await breakReplica(lab, `${lab.project}-api-gateway-2`);
    const brokenAtMs = Date.now();
    progress('the second replica of the gateway fails every request now');
    const single = { 'api-gateway': 1, 'message-service': 1 };
    const isBack = async (): Promise<boolean> =>
      (await replicaViolations(lab, single)).length === 0 && (await upstreamServers(lab)) === 1;
    await until('what ran before runs again', isBack, 90_000, 100);
    const restoredAtMs = Date.now();
    const result = await handle.result();
    await lab.saveHistory(handle.workflowId, 'plannedScaling/rolled-back');
    progress(`${result.outcome}: ${result.reason}`);
    const soak = result.steps.find(({ id }) => id === 'wave-1-soak')?.soak;
    if (result.outcome !== 'rolled_back') violations.push(`outcome ${result.outcome}: ${result.reason}`);
    if (result.code !== 'GateFailed') violations.push(`code ${result.code}`);
    violations.push(...result.leftOver.map((what) => `left over: ${what}`));
    violations.push(...(await replicaViolations(lab, single)));
    if ((await readFile(composeFile, 'utf8')) !== bytesBefore)
      violations.push('the compose file is not as before');
    const changed = await composeUpChanged(lab);
    violations.push(...changed.map((name) => `docker compose up -d changed ${name}`));
    if (soak?.firstBadAtMs === undefined) violations.push('no reading was bad');
    const failedBefore = load.lost().length;
    await load.stop();
    return {
      outcome: result.outcome,
      violations,
      facts: {
        reasons: soak?.reasons,
        faultToFirstBadSampleMs: (soak?.firstBadAtMs ?? 0) - brokenAtMs,
        firstBadSampleToRestoredMs: restoredAtMs - (soak?.firstBadAtMs ?? restoredAtMs),
        requestsSent: load.sent(),
        requestsFailed: failedBefore,
        composeUpChanged: changed.length,
        replicasAfter: result.replicasAfter,
      },
    };
  } finally {
    await load.stop();
  }
}

/** The demo's gateway fails requests while this file is there; only this replica has it. */
async function breakReplica({ docker }: Lab, name: string): Promise<void> {
  const command = await docker.getContainer(name).exec({ Cmd: ['touch', '/tmp/fault'], AttachStdout: true });
  const stream = await command.start({});
  await new Promise((resolve) => stream.resume().once('end', resolve));
  const { ExitCode } = await command.inspect();
  if (ExitCode !== 0) throw new Error(`the fault could not be set in ${name}: exit code ${ExitCode}`);
}
