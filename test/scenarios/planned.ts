import type { Lab } from '../../demo/lab.ts';
import { until } from '../../demo/processes.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { planQuery } from '../../workflows/contracts.ts';
import { startConstantLoad } from './constant-load.ts';
import { composeUpChanged, replicasInFile, startPlanned, upstreamServers } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { progressOf, replicaViolations, resetPlatform, single, untilStep, type Procedure } from './steps.ts';

/** The runbook's example: 50 %, 75 % and 100 % of 3, 5 and 3. */
const waves = [
  { 'api-gateway': 2, 'message-service': 3, 'whatsapp-connector': 2 },
  { 'api-gateway': 2, 'message-service': 4, 'whatsapp-connector': 2 },
  { 'api-gateway': 3, 'message-service': 5, 'whatsapp-connector': 3 },
];
const services = Object.keys(single);
const ratePerSecond = 8;
/** 2 h, 1 h and 30 min before, shortened. */
const before = [90_000, 55_000, 30_000];
const eventMs = 12_000;

export const planned: Scenario = {
  title: 'planned scaling for an event: up in three steps at their times, and down again after it',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const { url, token } = lab.stack;
  const violations: string[] = [];
  await resetPlatform(lab);
  const load = startConstantLoad({ url, token, ratePerSecond });
  try {
    const startMs = Date.now() + 100_000;
    const handle = await startPlanned(lab, {
      event: { name: 'product launch', start: new Date(startMs).toISOString(), lengthMs: eventMs },
      targets: { 'api-gateway': 3, 'message-service': 5, 'whatsapp-connector': 3 },
      steps: [0.5, 0.75, 1].map((share, index) => ({ share, beforeMs: before[index] ?? 0 })),
      soakMs: 6_000,
      afterEvent: { stableMs: 8_000, stableTimeoutMs: 60_000, stepMs: 2_000, drainMs: 5_000 },
    });
    await until('the plan is there', async () => (await handle.query(planQuery)) !== null, 60_000);
    const plan = await handle.query(planQuery);
    const seen = [];
    for (const [index, expected] of waves.entries()) {
      const now = await afterWave(lab, handle, index + 1);
      progress(`wave ${index + 1}: ${JSON.stringify(now)}`);
      seen.push(now);
      violations.push(...(await replicaViolations(lab, expected)));
      for (const service of services) {
        const wanted = expected[service as keyof typeof expected];
        if (now.file[service] !== wanted)
          violations.push(`the file says ${String(now.file[service])} of ${service}, expected ${wanted}`);
      }
      if (now.upstream !== expected['api-gateway'])
        violations.push(`the upstream has ${now.upstream} servers, expected ${expected['api-gateway']}`);
    }
    const changedAtPeak = await composeUpChanged(lab);
    progress(`docker compose up -d at the peak changed ${changedAtPeak.length}`);
    const result = await handle.result();
    for (const step of result.steps) progress(`${step.status} ${step.title}: ${step.facts.join('; ')}`);
    await lab.saveHistory(handle.workflowId, 'plannedScaling/completed');
    progress(`${result.outcome}: ${result.reason}`);
    if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
    violations.push(...(await replicaViolations(lab, single)));
    const changed = await composeUpChanged(lab);
    violations.push(...[...changedAtPeak, ...changed].map((name) => `docker compose up -d changed ${name}`));
    violations.push(...(await lab.strayContainers()).map((name) => `${name} is left over`));
    await load.stop();
    violations.push(...load.lost().map((text) => `lost: ${text}`));
    const lateness = latenessOf(result);
    const latest = Math.max(...Object.values(lateness));
    if (latest > 5_000) violations.push(`a step began ${latest} ms after its time`);
    const { events } = await handle.fetchHistory();
    return {
      outcome: result.outcome,
      violations,
      facts: {
        waves: seen,
        stepLatenessMs: lateness,
        composeUpChangedAtPeak: changedAtPeak.length,
        composeUpChanged: changed.length,
        fileAfter: await replicasInFile(lab, services),
        replicasBefore: result.replicasBefore,
        replicasAfter: result.replicasAfter,
        forecast: plan?.forecast,
        requestsSent: load.sent(),
        requestsLost: load.lost().length,
        historyEvents: events?.length,
        procedureMs: result.endedAtMs - result.startedAtMs,
      },
    };
  } finally {
    await load.stop();
  }
}

/** What runs, what the file says and what the balancer has, once a wave is in its soak. */
async function afterWave(lab: Lab, handle: Procedure, wave: number) {
  await until(
    `wave ${wave} is watched`,
    async () => {
      const { steps, outcome } = await progressOf(handle);
      if (outcome !== undefined) throw new Error(`ended ${outcome} before wave ${wave}`);
      return steps.some(({ id }) => id === `wave-${wave}-soak`);
    },
    120_000,
    200,
  );
  const counts = await lab.replicas();
  const now = {
    replicas: Object.fromEntries(services.map((service) => [service, counts[service]])),
    file: await replicasInFile(lab, services),
    upstream: await upstreamServers(lab),
  };
  await untilStep(handle, `wave-${wave}-soak`, 'done');
  return now;
}

/** From the time of each wave to its first step. */
const latenessOf = ({ steps }: ProcedureResult): Record<string, number> => {
  const late: Record<string, number> = {};
  for (const { id, dueAtMs, startedAtMs } of steps) {
    const wave = /^wave-\d+/.exec(id)?.[0];
    if (wave === undefined || dueAtMs === undefined || startedAtMs === undefined) continue;
    late[wave] = Math.min(late[wave] ?? Infinity, startedAtMs - dueAtMs);
  }
  return late;
};
