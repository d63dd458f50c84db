import type { Lab } from '../../demo/lab.ts';
import { withMongodb } from '../../adapters/mongodb/connect.ts';
import { readMongodb } from '../../adapters/mongodb/read.ts';
import { valueOf } from '../../domain/reading.ts';
import { abortSignal } from '../../workflows/contracts.ts';
import {
  containersOf,
  liveViolations,
  lostWrites,
  measured,
  startResize,
  tellSteps,
} from './database-stage.ts';
import { composeUpChanged } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { untilStep } from './steps.ts';

const MIB = 2 ** 20;

/** MongoDB grows while it is read and written, the worker killed in it; then one restart for what stays in the compose file. */
export const resizeMongodb: Scenario = {
  title:
    'MongoDB: limits and cache live, the worker killed in it; too much refused; then once more with the file',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const url = lab.stack.secrets['CHAT4ALL_MONGODB_URL'] ?? '';
  const violations: string[] = [];
  const now = async () => {
    const { connections, cacheMaxBytes } = await withMongodb(url, readMongodb);
    const [container] = await containersOf(lab, 'mongodb');
    return {
      connections,
      cacheBytes: valueOf(cacheMaxBytes),
      memoryBytes: container?.memoryBytes,
      id: container?.id,
    };
  };
  const resize = (input: object) => startResize(lab, 'resizeMongodb', 'mongodb', { cpus: 1, ...input });
  const before = await now();

  progress('a cache above the limit');
  const refused = await (await resize({ memoryBytes: 1_024 * MIB, cacheBytes: 2_048 * MIB })).result();
  if (refused.outcome !== 'rejected') violations.push(`too much ended ${refused.outcome}`);

  progress('a rollback in it');
  const given = await resize({ memoryBytes: 900 * MIB, cacheBytes: 400 * MIB });
  await untilStep(given, 'limits', 'done');
  await given.signal(abortSignal, { mode: 'rollback', reason: 'not now', by: 'scenario' });
  const back = await given.result();
  tellSteps(back, progress);
  await lab.saveHistory(given.workflowId, 'resizeMongodb/rolled-back');
  const restored = await now();
  if (back.outcome !== 'rolled_back') violations.push(`the rollback ended ${back.outcome}`);
  if (restored.memoryBytes !== before.memoryBytes || restored.cacheBytes !== before.cacheBytes)
    violations.push(`after the rollback: ${JSON.stringify(restored)}`);
  violations.push(...lostWrites('the rollback', back));

  progress('768 MiB to 1 GiB, live; SIGKILL of the worker in it');
  const handle = await resize({ memoryBytes: 1_024 * MIB, cacheBytes: 512 * MIB });
  await untilStep(handle, 'limits', 'running');
  await lab.restartWorker();
  const result = await handle.result();
  tellSteps(result, progress);
  await lab.saveHistory(handle.workflowId, 'resizeMongodb/worker-killed');
  violations.push(...liveViolations('the change', result));
  const after = await now();
  if (after.memoryBytes !== 1_024 * MIB) violations.push(`the limit is ${after.memoryBytes}`);
  if (after.cacheBytes !== 512 * MIB) violations.push(`the cache is ${after.cacheBytes}`);
  if (after.id !== before.id) violations.push('a live change made another container');
  const changed = await composeUpChanged(lab);
  violations.push(...changed.map((name) => `docker compose up -d changed ${name}`));

  progress('once more with the compose file: one restart');
  const restarted = await (
    await resize({ memoryBytes: 1_100 * MIB, cacheBytes: 600 * MIB, composeFile: 'edit' })
  ).result();
  tellSteps(restarted, progress);
  await lab.saveHistory(restarted.workflowId, 'resizeMongodb/file-edited');
  if (restarted.outcome !== 'completed')
    violations.push(`with the file: ${restarted.outcome}: ${restarted.reason}`);
  violations.push(...lostWrites('the restart', restarted));
  const atEnd = await now();
  if (atEnd.cacheBytes !== 600 * MIB) violations.push(`after the restart the cache is ${atEnd.cacheBytes}`);
  const changedAtEnd = await composeUpChanged(lab);
  violations.push(...changedAtEnd.map((name) => `docker compose up -d changed ${name} at the end`));

  return {
    outcome: result.outcome,
    violations,
    facts: {
      server: 'stand-in for mongo:7.0',
      outageMs: result.downtime?.outageMs,
      failedProbes: result.downtime?.failedProbes,
      ...measured([back.downtime, result.downtime, restarted.downtime]),
      unwatchedMs: result.downtime?.unwatchedMs,
      before,
      after,
      restart: { outcome: restarted.outcome, outageMs: restarted.downtime?.outageMs },
      composeUpChanged: changed.length + changedAtEnd.length,
      tooLarge: refused.refusals.map(({ path, message }) => `${path}: ${message}`),
    },
  };
}
