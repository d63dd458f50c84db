import type { Lab } from '../../demo/lab.ts';
import { withRedis } from '../../adapters/redis/connect.ts';
import { readSettings } from '../../adapters/redis/read.ts';
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
const names = ['maxmemory', 'maxmemory-policy', 'save', 'appendonly'];

/** Redis grows while it is read and written, without a failed probe, the worker killed in it; and goes back when it is asked to. */
export const resizeRedis: Scenario = {
  title:
    'Redis: a larger limit and maxmemory, live, the worker killed in it; too much refused, or taken back; a rollback',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const url = lab.stack.secrets['CHAT4ALL_REDIS_URL'] ?? '';
  const violations: string[] = [];
  const settingsNow = (): Promise<Record<string, string>> =>
    withRedis(url, (redis) => readSettings(redis, names));
  const keysNow = (): Promise<number> => withRedis(url, (redis) => redis.dbsize());
  const resize = (input: object) => startResize(lab, 'resizeRedis', 'redis', input);
  const before = await settingsNow();
  const [container] = await containersOf(lab, 'redis');

  progress('maxmemory above the limit');
  const refused = await (await resize({ memoryBytes: 256 * MIB, maxmemoryBytes: 300 * MIB })).result();
  tellSteps(refused, progress);
  if (refused.outcome !== 'rejected') violations.push(`too much ended ${refused.outcome}`);

  progress('a setting that cannot be had, after the limit was changed: back by itself');
  const stop = await forbidConfigSet(url);
  const taken = await (await resize({ memoryBytes: 192 * MIB })).result();
  await stop();
  tellSteps(taken, progress);
  await lab.saveHistory(taken.workflowId, 'resizeRedis/rolled-back');
  if (taken.outcome !== 'rolled_back') violations.push(`settings that Redis refuses ended ${taken.outcome}`);
  violations.push(...lostWrites('the way back', taken));
  const [asBefore] = await containersOf(lab, 'redis');
  if (asBefore?.memoryBytes !== container?.memoryBytes) violations.push('the limit is not what it was');
  if (JSON.stringify(await settingsNow()) !== JSON.stringify(before))
    violations.push('the settings are not what they were');

  progress('a maxmemory that is above the limit when it is set: somebody takes the memory away in between');
  const smaller = await shrinkWhenGrown(lab, container?.memoryBytes ?? 0);
  const above = await (await resize({ memoryBytes: 192 * MIB, readyTimeoutMs: 3_000 })).result();
  await smaller.close();
  tellSteps(above, progress);
  if (smaller.count() !== 1) violations.push(`the limit was taken away ${smaller.count()} times`);
  if (above.outcome !== 'rolled_back' || above.code !== 'SettingRejected')
    violations.push(`maxmemory above the limit ended ${above.outcome} (${above.code}): ${above.reason}`);
  violations.push(...lostWrites('maxmemory above the limit', above));
  const [afterAbove] = await containersOf(lab, 'redis');
  if (afterAbove?.memoryBytes !== container?.memoryBytes) violations.push('the limit is not what it was');
  if (JSON.stringify(await settingsNow()) !== JSON.stringify(before))
    violations.push('after maxmemory above the limit the settings are not what they were');

  progress('128 MiB to 256 MiB; SIGKILL of the worker in it');
  const keysBefore = await keysNow();
  const handle = await resize({ memoryBytes: 256 * MIB });
  await untilStep(handle, 'limits', 'running');
  await lab.restartWorker();
  const result = await handle.result();
  tellSteps(result, progress);
  await lab.saveHistory(handle.workflowId, 'resizeRedis/worker-killed');
  violations.push(...liveViolations('the change', result));
  const after = await settingsNow();
  const [resized] = await containersOf(lab, 'redis');
  if (after['maxmemory'] !== String(224 * MIB)) violations.push(`maxmemory is ${after['maxmemory']}`);
  if (resized?.memoryBytes !== 256 * MIB) violations.push(`the limit is ${resized?.memoryBytes}`);
  if (resized?.id !== container?.id) violations.push('a live change made another container');
  const keysAfter = await keysNow();
  if (keysAfter < keysBefore) violations.push(`${keysBefore} keys before, ${keysAfter} after`);

  const again = await (await resize({ memoryBytes: 256 * MIB })).result();
  if (again.outcome !== 'no_change') violations.push(`the same again ended ${again.outcome}`);

  progress('a rollback in it: 256 to 320 MiB and back');
  const more = await resize({ memoryBytes: 320 * MIB });
  await untilStep(more, 'limits', 'running');
  await more.signal(abortSignal, { mode: 'rollback', reason: 'not now', by: 'scenario' });
  const back = await more.result();
  tellSteps(back, progress);
  const [rolled] = await containersOf(lab, 'redis');
  if (back.outcome !== 'rolled_back') violations.push(`the rollback ended ${back.outcome}: ${back.reason}`);
  if (rolled?.memoryBytes !== 256 * MIB)
    violations.push(`after the rollback the limit is ${rolled?.memoryBytes}`);
  const changed = await composeUpChanged(lab);
  violations.push(...changed.map((name) => `docker compose up -d changed ${name}`));

  return {
    outcome: result.outcome,
    violations,
    facts: {
      outageMs: result.downtime?.outageMs,
      failedProbes: result.downtime?.failedProbes,
      ...measured([result.downtime, taken.downtime, back.downtime]),
      unwatchedMs: result.downtime?.unwatchedMs,
      keysBefore,
      keysAfter,
      before: { settings: before, memoryBytes: container?.memoryBytes },
      after: { settings: after, memoryBytes: resized?.memoryBytes },
      composeUpChanged: changed.length,
      tooLarge: refused.refusals.map(({ path, message }) => `${path}: ${message}`),
      refusedSetting: { outcome: taken.outcome, code: taken.code },
      maxmemoryAboveLimit: { outcome: above.outcome, code: above.code, reason: above.reason },
      rollback: back.outcome,
    },
  };
}

/** Redis' own way of refusing: CONFIG SET is no longer allowed to the user of the procedure. */
async function forbidConfigSet(url: string): Promise<() => Promise<void>> {
  await withRedis(url, (redis) => redis.call('ACL', 'SETUSER', 'default', '-config|set'));
  return () =>
    withRedis(url, async (redis) => void (await redis.call('ACL', 'SETUSER', 'default', '+config|set')));
}

/** Takes the memory away again as soon as the engine tells that the container has more, once. */
async function shrinkWhenGrown(
  { docker, project }: Lab,
  memoryBytes: number,
): Promise<{ close: () => Promise<void>; count: () => number }> {
  const label = [`com.docker.compose.project=${project}`, 'com.docker.compose.service=redis'];
  const events = (await docker.getEvents({
    filters: { event: ['update'], label },
  })) as NodeJS.ReadableStream & {
    destroy: () => void;
  };
  const [found] = await docker.listContainers({ filters: { label } });
  const redis = docker.getContainer(found?.Id ?? '');
  let shrinking: Promise<unknown> | undefined;
  events.on('data', () => {
    shrinking ??= redis.update({ Memory: memoryBytes, MemorySwap: 2 * memoryBytes });
  });
  return {
    count: () => (shrinking === undefined ? 0 : 1),
    close: async () => {
      events.destroy();
      await shrinking;
    },
  };
}
