import { countEvents, recordEvents } from './docker-events.ts';
import type { Lab } from '../../demo/lab.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { killAt, killPoints } from './kill-points.ts';
import {
  replicaViolations,
  resetPlatform,
  scaledOut,
  single,
  startEmergency,
  underNormalLoad,
} from './steps.ts';

/** Containers that one round must make and start, each exactly once. */
const expected = Object.fromEntries(
  Object.entries(scaledOut).map(([service, to]) => [service, to - single[service as keyof typeof single]]),
);

/** SIGKILL of the worker inside and at the boundaries of the activities; the procedure ends as if nothing had been. */
export const killWorker: Scenario = {
  title: 'SIGKILL of the worker at boundaries and inside of activities (--rounds, --seed)',
  run: (lab, options) => underNormalLoad(lab, () => play(lab, options)),
};

async function play(lab: Lab, { progress, rounds, seed }: ScenarioOptions): Promise<ScenarioEnd> {
  const violations: string[] = [];
  const done: { point: string; ms: number; outcome: string }[] = [];
  progress(`seed ${seed}`);
  const points = killPoints(seed, rounds);
  for (const [index, point] of points.entries()) {
    await resetPlatform(lab);
    const recorder = await recordEvents(lab.docker, lab.project);
    const startedAtMs = Date.now();
    const handle = await startEmergency(lab);
    const killed = await killAt(lab, handle, point);
    await lab.restartWorker();
    const result = await handle.result();
    recorder.stop();
    const label = `round ${index + 1}, ${point.activity} ${point.where}${killed ? '' : ' (ended before)'}`;
    const found = [
      ...(result.outcome === 'completed' ? [] : [`outcome ${result.outcome}: ${result.reason}`]),
      ...(await replicaViolations(lab, scaledOut)),
      ...(await lab.strayContainers()).map((name) => `${name} is left over`),
      ...doneTwice(countEvents(recorder.events)),
    ];
    violations.push(...found.map((text) => `${label}: ${text}`));
    done.push({ point: label, ms: Date.now() - startedAtMs, outcome: result.outcome });
    progress(`${label}: ${result.outcome}${found.length === 0 ? '' : ` - ${found.join('; ')}`}`);
    if (killed) await lab.saveHistory(handle.workflowId, 'emergencyScaling/worker-killed');
  }
  await resetPlatform(lab);
  const outcome = violations.length === 0 ? 'completed' : 'failed';
  return { outcome, violations, facts: { seed, rounds: done.length, roundsDone: done } };
}

function doneTwice(counts: Record<string, Record<string, number>>): string[] {
  return Object.entries(expected).flatMap(([service, wanted]) => {
    const of = counts[service] ?? {};
    return ['create', 'start'].flatMap((action) =>
      of[action] === wanted ? [] : [`${service}: ${of[action] ?? 0} times ${action}, expected ${wanted}`],
    );
  });
}
