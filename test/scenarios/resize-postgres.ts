import { readFile } from 'node:fs/promises';
import type { Lab } from '../../demo/lab.ts';
import { withPostgres } from '../../adapters/postgres/connect.ts';
import { readSettings } from '../../adapters/postgres/settings.ts';
import { settingText } from '../../domain/postgres-settings.ts';
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
/** The runbook's twelve at the size of the demo: an eighth of its memory. */
const settings = {
  shared_buffers: '256MB',
  effective_cache_size: '768MB',
  maintenance_work_mem: '64MB',
  checkpoint_completion_target: '0.9',
  wal_buffers: '16MB',
  default_statistics_target: '100',
  random_page_cost: '1.1',
  effective_io_concurrency: '200',
  work_mem: '5242kB',
  min_wal_size: '128MB',
  max_wal_size: '512MB',
  max_connections: '200',
};
const names = Object.keys(settings);

/**
 * PostgreSQL grows while it is read and written: live what can be, without a failed probe; one restart for the rest, with the worker killed
 * before it; and a setting that it does not start with is taken back by itself.
 */
export const resizePostgres: Scenario = {
  title:
    'PostgreSQL: live settings, one restart with the worker killed, and a setting that it refuses to start with',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const url = lab.stack.secrets['CHAT4ALL_POSTGRES_URL'] ?? '';
  const violations: string[] = [];
  const settingsNow = (): Promise<Record<string, string>> =>
    withPostgres(url, async (client) => {
      const now = await readSettings(client, names);
      return Object.fromEntries(Object.entries(now).map(([name, setting]) => [name, settingText(setting)]));
    });
  const resize = (input: object) => startResize(lab, 'resizePostgres', 'postgres', input);
  const before = await settingsNow();
  const [container] = await containersOf(lab, 'postgres');

  progress('live: memory and what a reload is enough for');
  const live = await (
    await resize({
      cpus: 0.5,
      memoryBytes: 640 * MIB,
      settings: { work_mem: '8MB', random_page_cost: '2', effective_io_concurrency: '100' },
    })
  ).result();
  tellSteps(live, progress);
  await lab.saveHistory(live.workflowId, 'resizePostgres/live');
  violations.push(...liveViolations('the live change', live));
  const [resized] = await containersOf(lab, 'postgres');
  if (resized?.id !== container?.id) violations.push('a live change made another container');
  if (resized?.memoryBytes !== 640 * MIB) violations.push(`the limit is ${resized?.memoryBytes}`);

  progress('too much: shared_buffers above 40 % of the container');
  const refused = await (
    await resize({ cpus: 1, memoryBytes: 512 * MIB, settings: { shared_buffers: '400MB' } })
  ).result();
  if (refused.outcome !== 'rejected') violations.push(`shared_buffers too large ended ${refused.outcome}`);

  progress('one restart: the runbook’s twelve settings; SIGKILL of the worker in it');
  const handle = await resize({ cpus: 1, memoryBytes: 1_024 * MIB, settings, backup: 'run' });
  await untilStep(handle, 'restart', 'running');
  await lab.restartWorker();
  const result = await handle.result();
  tellSteps(result, progress);
  await lab.saveHistory(handle.workflowId, 'resizePostgres/worker-killed');
  if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
  violations.push(...lostWrites('the restart', result));
  const after = await settingsNow();
  const wrong = names.filter((name) => !sameQuantity(after[name], settings[name as keyof typeof settings]));
  violations.push(...wrong.map((name) => `${name} is ${after[name]}`));
  const containers = await containersOf(lab, 'postgres');
  if (containers.length !== 1) violations.push(`containers ${containers.map(({ name }) => name).join(', ')}`);
  const changed = await composeUpChanged(lab);
  violations.push(...changed.map((name) => `docker compose up -d changed ${name}`));

  progress('a setting that PostgreSQL does not start with');
  const file = await readFile(lab.stack.composeFile, 'utf8');
  const taken = await (
    await resize({
      cpus: 1,
      memoryBytes: 1_024 * MIB,
      settings: { shared_preload_libraries: 'nothing_such' },
      downtimeBudgetMs: 8_000,
    })
  ).result();
  tellSteps(taken, progress);
  await lab.saveHistory(taken.workflowId, 'resizePostgres/rolled-back');
  // Whichever is seen first: that it ends at each start, or that the time is over.
  const isSeen = taken.code === 'ReplicaCrashed' || taken.code === 'DowntimeBudgetSpent';
  if (taken.outcome !== 'rolled_back' || !isSeen)
    violations.push(`a setting that is refused ended ${taken.outcome} (${taken.code}): ${taken.reason}`);
  violations.push(...lostWrites('the way back', taken));
  const restored = await settingsNow();
  if (JSON.stringify(restored) !== JSON.stringify(after))
    violations.push('the settings are not what they were');
  if ((await readFile(lab.stack.composeFile, 'utf8')) !== file)
    violations.push('the compose file has not its bytes of before');
  const [back] = await containersOf(lab, 'postgres');
  if (back?.id !== containers[0]?.id) violations.push('it does not run in the container of before');
  const changedAtEnd = await composeUpChanged(lab);
  violations.push(...changedAtEnd.map((name) => `docker compose up -d changed ${name} at the end`));

  return {
    outcome: result.outcome,
    violations,
    facts: {
      outageMs: result.downtime?.outageMs,
      failedProbes: result.downtime?.failedProbes,
      ...measured([live.downtime, result.downtime, taken.downtime]),
      live: { failedProbes: live.downtime?.failedProbes, outageMs: live.downtime?.outageMs },
      unwatchedMs: result.downtime?.unwatchedMs,
      before: { settings: before, memoryBytes: container?.memoryBytes, cpus: container?.cpus },
      after: { settings: after, memoryBytes: containers[0]?.memoryBytes, cpus: containers[0]?.cpus },
      composeUpChanged: changed.length + changedAtEnd.length,
      tooLarge: refused.refusals.map(({ path, message }) => `${path}: ${message}`),
      refusedSetting: { outcome: taken.outcome, code: taken.code, outageMs: taken.downtime?.outageMs },
    },
  };
}

/** `1024MB` is `1GB`; the rest is compared as it is written. */
const sameQuantity = (now: string | undefined, wanted: string): boolean => {
  const bytes = (text: string): number | string => {
    const [, digits = '', unit = ''] = /^([\d.]+)(kB|MB|GB)$/.exec(text) ?? [];
    const factor = { kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }[unit];
    // PostgreSQL keeps whole units of 8 kB.
    return factor === undefined ? text : Math.round((Number(digits) * factor) / 8_192);
  };
  return now !== undefined && bytes(now) === bytes(wanted);
};
