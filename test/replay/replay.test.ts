import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Worker, type ReplayResult } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { workflowBundle } from '../../workers/bundle.ts';
import { savedHistories, type SavedHistory } from './histories.ts';

describe('replay of histories from real runs', () => {
  let histories: SavedHistory[];
  beforeAll(async () => {
    histories = await savedHistories();
  });

  test('there is a history of every procedure, and of every way an emergency ended', () => {
    const names = histories.map(({ name }) => name.replace(/\.\d+\.\d+\.\d+$/, ''));
    for (const expected of [
      'emergencyScaling/completed',
      'emergencyScaling/worker-killed',
      'emergencyScaling/rolled-back',
      'emergencyScaling/held',
      'emergencyRollback/completed',
      'lease/contended',
      'gradualScaleDown/completed',
      'validateScaling/completed',
      'plannedScaling/completed',
      'plannedScaling/promoted',
      'plannedScaling/rolled-back',
      'increasePartitions/worker-killed',
      'addBrokers/worker-killed',
      'addBrokers/rolled-back',
      'addBrokers/rolled-back-moving',
      'resizePostgres/live',
      'resizePostgres/worker-killed',
      'resizePostgres/rolled-back',
      'resizeRedis/worker-killed',
      'resizeRedis/rolled-back',
      'repair/undone',
      'addReadReplica/worker-killed',
      'addReadReplica/rolled-back',
      'addReadReplica/disk-full',
      'formRedisCluster/worker-killed',
      'formRedisCluster/rolled-back',
      'resizeMongodb/worker-killed',
      'resizeMongodb/rolled-back',
      'resizeMongodb/file-edited',
    ])
      expect(names).toContain(expected);
  });

  test('the workflows of today take every one of them', async () => {
    const bundle = await workflowBundle();
    const failures = (await replay(bundle, histories)).filter(({ error }) => error !== undefined);
    expect(failures.map(({ workflowId, error }) => `${workflowId}: ${error?.message}`)).toEqual([]);
  });

  test('a workflow that was changed without `patched` is caught', async () => {
    const workflowsPath = fileURLToPath(new URL('./broken/index.ts', import.meta.url));
    const { code } = await bundleWorkflowCode({ workflowsPath });
    const emergencies = histories.filter(({ workflowType }) => workflowType === 'emergencyScaling');
    expect(emergencies.length).toBeGreaterThan(0);
    for (const { error } of await replay({ code }, emergencies)) {
      expect(error?.name).toBe('DeterminismViolationError');
    }
  });
});

async function replay(
  workflowBundle: { code: string } | { codePath: string },
  histories: SavedHistory[],
): Promise<ReplayResult[]> {
  const results: ReplayResult[] = [];
  const runs = Worker.runReplayHistories({ workflowBundle }, histories);
  for await (const result of runs) results.push(result);
  return results;
}
