import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logUpdateStderr } from 'log-update';
import { renderTree } from '../client/cli/tree.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { incidentWorkflowId, progressQuery, taskQueueOf } from '../workflows/contracts.ts';
import { ensureDocker, SetupError } from '../scripts/setup/index.ts';
import { openLab, type Lab } from './lab.ts';

import { writeDemoReport } from './demo-report.ts';
import { openSimulatedLab } from './simulated/lab.ts';
import { startSpike, type Spike, type SpikeFacts } from './spike.ts';

export interface StoryOptions {
  /** Redraw a frame on the terminal instead of printing lines. */
  live: boolean;
  keep: boolean;
  /** Wait for a key at the end, so that UI and platform can be explored. */
  wait: boolean;
}

/** What the story is told on: the lab of containers, or where there is no engine the simulated one. */
export interface StoryLab extends Pick<
  Lab,
  'environment' | 'catalog' | 'folder' | 'temporal' | 'client' | 'replicas' | 'close'
> {
  simulated: boolean;
  startSpike: (say: (text: string) => void) => Promise<Spike>;
}

export interface StoryLine extends SpikeFacts {
  name: 'demo';
  /** `compose` is the real one. */
  platform: 'compose' | 'simulated';
  outcome: string;
  seconds: number;
  procedureMs: number;
  replicasBefore: Record<string, number>;
  replicasAfter: Record<string, number>;
  everyReplicaReached: boolean;
  uiUrl: string;
  reportPath: string;
}

/** The story: normal load, the spike, the procedure, the end of the pain, the report. */
export async function runStory(options: StoryOptions): Promise<{ line: StoryLine; violations: string[] }> {
  const startedAtMs = Date.now();
  const say = (text: string): void => {
    const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds}s  ${text}\n`);
  };
  const lab = await openAnyLab(say);
  try {
    const spike = await lab.startSpike(say);
    try {
      const told = await tell(lab, spike, say, options.live);
      const line: StoryLine = {
        name: 'demo',
        platform: lab.simulated ? 'simulated' : 'compose',
        seconds: Math.round((Date.now() - startedAtMs) / 100) / 10,
        ...told.line,
      };
      summary(line, say);
      if (options.wait) await waitForKey();
      return { line, violations: told.violations };
    } finally {
      await spike.stop();
    }
  } finally {
    await lab.close({ keep: options.keep });
  }
}

/** Containers where there is an engine, or one can be had; else the simulation, which is said. */
async function openAnyLab(say: (text: string) => void): Promise<StoryLab> {
  try {
    await ensureDocker();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    say('without a Docker engine the demo runs on the SIMULATED platform: workflows and Temporal are real');
    return openSimulatedLab(say);
  }
  const lab = await openLab({ progress: say });
  const more = { simulated: false, startSpike: (tell: typeof say) => startSpike(lab, tell) };
  return Object.assign(lab, more);
}

async function tell(
  lab: StoryLab,
  spike: Spike,
  say: (text: string) => void,
  live: boolean,
): Promise<{ line: Omit<StoryLine, 'name' | 'platform' | 'seconds'>; violations: string[] }> {
  const stopWatching = live ? drawNumbers(spike) : undefined;
  await spike.untilItHurts();
  stopWatching?.();
  const workflowId = incidentWorkflowId(lab.environment);
  const replicasBefore = await lab.replicas();
  const handle = await lab.client.workflow.start<() => Promise<ProcedureResult>>('emergencyScaling', {
    workflowId,
    taskQueue: taskQueueOf(lab.environment),
    args: [{ environment: lab.environment, requestedBy: 'npm run demo', reason: 'spike' }] as never,
    staticSummary: `Emergency scaling of ${lab.environment}`,
  });
  const uiUrl = `${lab.temporal.uiUrl}/namespaces/default/workflows/${workflowId}`;
  say(`emergencyScaling begins: ${uiUrl}`);
  const result = await follow(lab, spike, handle.result(), say, live);
  say(`${result.outcome}: ${result.reason}`);
  await spike.untilItIsOver();
  await sleep(5_000);
  const replicasAfter = await lab.replicas();
  const facts = spike.facts();
  const reportPath = join(lab.folder, 'demo-report.html');
  await writeDemoReport(reportPath, { spike, result, facts, uiUrl });
  const everyReplicaReached = gatewaysReached(lab, result, replicasAfter);
  const violations = [
    ...spike.violations(),
    ...(result.outcome === 'completed' ? [] : [`emergencyScaling ended ${result.outcome}: ${result.reason}`]),
    ...(everyReplicaReached ? [] : ['not every gateway was reached through the balancer']),
  ];
  const scaled = Object.keys(result.replicasAfter);
  const only = (counts: Record<string, number>) =>
    Object.fromEntries(scaled.map((service) => [service, counts[service] ?? 0]));
  return {
    line: {
      outcome: result.outcome,
      procedureMs: result.endedAtMs - result.startedAtMs,
      replicasBefore: only(replicasBefore),
      replicasAfter: only(replicasAfter),
      ...facts,
      everyReplicaReached,
      uiUrl,
      reportPath,
    },
    violations,
  };
}

/** Shows the procedure until it ends: a frame on a terminal, a line an event without one. */
async function follow(
  lab: StoryLab,
  spike: Spike,
  ended: Promise<ProcedureResult>,
  say: (text: string) => void,
  live: boolean,
): Promise<ProcedureResult> {
  const handle = lab.client.workflow.getHandle(incidentWorkflowId(lab.environment));
  let printed = 0;
  for (;;) {
    const progress = await handle.query(progressQuery);
    if (live) {
      const width = process.stderr.columns ?? 100;
      const tree = renderTree(progress, { nowMs: Date.now(), color: true, width });
      logUpdateStderr(`${numbersOf(spike)}\n\n${tree}`);
    } else {
      for (const event of progress.events.slice(printed)) say(`  ${event.text}`);
      printed = progress.events.length;
    }
    const result = await Promise.race([ended, sleep(500).then(() => undefined)]);
    if (result === undefined) continue;
    if (live) logUpdateStderr.done();
    return result;
  }
}

function drawNumbers(spike: Spike): () => void {
  const timer = setInterval(() => logUpdateStderr(numbersOf(spike)), 500);
  return () => {
    clearInterval(timer);
    logUpdateStderr.done();
  };
}

/** What a user of the platform feels, in one line. */
function numbersOf(spike: Spike): string {
  const load = spike.load.samples().at(-1);
  const lagMessages = spike.timeline.lag().at(-1)?.lagMessages ?? 0;
  const replicas = Object.entries(spike.timeline.replicas().at(-1)?.byService ?? {})
    .filter(([service]) => /gateway|message-service|whatsapp/.test(service))
    .map(([service, count]) => `${service} ${count}`)
    .join('  ');
  return (
    `${Math.round(load?.sentPerSecond ?? 0)} requests/s   P95 ${Math.round(load?.p95Ms ?? 0)} ms   ` +
    `errors ${((load?.errorRate ?? 0) * 100).toFixed(1)} %   lag ${lagMessages} messages\n${replicas}`
  );
}

function gatewaysReached(lab: StoryLab, result: ProcedureResult, replicas: Record<string, number>): boolean {
  // The simulation has no balancer that could leave one out.
  if (lab.simulated) return true;
  const gateway = lab.catalog.loadBalancer?.upstreamService ?? '';
  const facts = result.steps.filter(({ service }) => service === gateway).flatMap((step) => step.facts);
  const reached = new Set(facts.flatMap((fact) => /^(\S+) answered [1-9]/.exec(fact)?.[1] ?? []));
  return reached.size === replicas[gateway];
}

function summary(line: StoryLine, say: (text: string) => void): void {
  say('');
  say(
    `P95     ${ms(line.p95BeforeMs)} before, ${ms(line.p95PeakMs)} at the peak, ${ms(line.p95AfterMs)} after`,
  );
  say(
    `lag     ${line.lagPeakMessages} messages at the peak, ${line.lagAfterMessages} after, the spike still going on`,
  );
  say(`time    ${(line.procedureMs / 1_000).toFixed(1)} s for the whole procedure`);
  say(`report  ${line.reportPath}`);
  say(`UI      ${line.uiUrl}`);
}

const ms = (value: number): string => `${Math.round(value)} ms`;

async function waitForKey(): Promise<void> {
  process.stderr.write(
    '\nThe spike goes on and everything is up: look around. Press a key to take it down.\n',
  );
  process.stdin.setRawMode(true);
  process.stdin.resume();
  await new Promise((resolve) => {
    process.stdin.once('data', resolve);
  });
  process.stdin.setRawMode(false);
  process.stdin.pause();
}
