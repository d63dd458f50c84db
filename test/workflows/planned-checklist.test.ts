import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  abortSignal,
  approveUpdate,
  pauseUpdate,
  progressQuery,
  rejectUpdate,
  resumeUpdate,
} from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, plan, quiet, scaled, untilPhase, type Planned } from './planned-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const stays = { afterEvent: { scaleDown: false } };
const writes = (): string[] =>
  stage.world.calls.filter((call) =>
    /^(scaleService|editComposeFile|pruneUnused|requestLease|backUp)/.test(call),
  );

/** What waits for approval says its hash. */
const hashAsked = async (handle: Planned): Promise<string> => {
  let hash: string | undefined;
  await waitFor(
    async () => {
      const { waitingFor = '' } = await handle.query(progressQuery);
      hash = /its whole hash is ([0-9a-f]{64})/.exec(waitingFor)?.[1];
      return hash !== undefined;
    },
    { timeoutMs: 10_000, what: 'the question' },
  );
  return hash ?? '';
};

describe('the pre-event checklist', () => {
  test('is four steps before anything is changed: room, health, logs, and a copy of the compose file', async () => {
    stage.world.checklist.lines = [
      { service: 'api-gateway', count: 2, excerpts: ['2 x ERROR pool exhausted'] },
    ];
    const { handle } = await plan(stage, 3 * HOUR, stays);
    const { steps, outcome } = await handle.result();
    expect(outcome).toBe('completed');
    const ids = steps.map(({ id, status }) => `${id} ${status}`).slice(0, 4);
    expect(ids).toEqual([
      'checklist-room done',
      'checklist-health done',
      'checklist-logs done',
      'checklist-backup done',
    ]);
    expect(steps[2]?.facts.join('\n')).toContain('2 x ERROR pool exhausted');
    expect(steps[3]?.facts.join()).toMatch(/docker-compose\.yml\.backup\.\d{8}_\d{6}$/);
    expect(writes()[0]).toMatch(/^backUpComposeFile/);
  });

  test('holds with everything that fails and what to do, and nothing is changed', async () => {
    stage.world.checklist.freeDiskBytes = 2 ** 30;
    stage.world.checklist.unhealthy = ['world-api-gateway-1 is unhealthy'];
    stage.world.checklist.lines = [{ service: 'api-gateway', count: 1, excerpts: ['1 x FATAL'] }];
    const { handle } = await plan(stage, 3 * HOUR, { checklist: { onLogErrors: 'hold' } });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'held', code: 'ChecklistFailed' });
    for (const part of ['of disk are free', 'is unhealthy', 'error, exception or fatal', 'to do:'])
      expect(result.reason).toContain(part);
    expect(writes()).toEqual([]);
  });

  test('memory that the event would eat up holds it', async () => {
    const { handle } = await plan(stage, 3 * HOUR, { checklist: { minFreeMemoryBytes: 59 * 2 ** 30 } });
    expect(await handle.result()).toMatchObject({ outcome: 'held', code: 'ChecklistFailed' });
    expect(scaled(stage)).toEqual([]);
  });

  describe('pruning', () => {
    beforeEach(() => {
      stage.world.checklist.use = [
        { kind: 'images', count: 3, bytes: 3e9, unusedCount: 2, unusedBytes: 2e9 },
        { kind: 'volumes', count: 1, bytes: 1e9, unusedCount: 1, unusedBytes: 1e9 },
        { kind: 'networks', count: 1, bytes: 0, unusedCount: 0, unusedBytes: 0 },
      ];
    });

    test('is never done unasked', async () => {
      const { handle } = await plan(stage, 3 * HOUR, stays);
      await handle.result();
      expect(stage.world.checklist.pruned).toEqual([]);
    });

    test('shows what would go, and prunes that when it is approved; a volume only when told', async () => {
      const { handle } = await plan(stage, 3 * HOUR, { ...stays, checklist: { prune: 'ask' } });
      const planHash = await hashAsked(handle);
      await expect(
        handle.executeUpdate(approveUpdate, { args: [{ planHash: 'another', by: 'ann' }] }),
      ).rejects.toThrow('Workflow Update failed');
      await handle.executeUpdate(approveUpdate, { args: [{ planHash, by: 'ann' }] });
      const { outcome, steps } = await handle.result();
      expect(outcome).toBe('completed');
      expect(stage.world.checklist.pruned).toEqual(['images']);
      expect(steps[0]?.facts).toContain('images: 2 unused, 1.9 GiB');
      expect(steps[0]?.facts).toContain('approved by ann');
    });

    test.each(['hold', 'rollback'] as const)(
      'abort with %s while it asks ends it, with nothing pruned',
      async (mode) => {
        const { handle } = await plan(stage, 3 * HOUR, { ...stays, checklist: { prune: 'ask' } });
        await hashAsked(handle);
        await handle.signal(abortSignal, { mode, reason: 'called off' });
        expect(await handle.result()).toMatchObject({
          outcome: mode === 'hold' ? 'held' : 'rolled_back',
          reason: 'called off',
        });
        expect(writes()).toEqual([]);
      },
    );

    test('a pause while it asks: the answer still counts, and nothing is scaled before resume', async () => {
      const { handle } = await plan(stage, 3 * HOUR, { ...stays, checklist: { prune: 'ask' } });
      const planHash = await hashAsked(handle);
      await handle.executeUpdate(pauseUpdate, { args: [{ by: 'ann' }] });
      await handle.executeUpdate(approveUpdate, { args: [{ planHash, by: 'ann' }] });
      await untilPhase(handle, 'paused');
      expect(stage.world.checklist.pruned).toEqual(['images']);
      await stage.env.sleep('70m');
      expect(scaled(stage)).toEqual([]);
      await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
      expect((await handle.result()).outcome).toBe('completed');
    });

    test('takes volumes when told, and nothing when it is rejected', async () => {
      const checklist = { prune: 'ask', pruneVolumes: true } as const;
      const { handle } = await plan(stage, 3 * HOUR, { ...stays, checklist });
      await hashAsked(handle);
      const { waitingFor } = await handle.query(progressQuery);
      expect(waitingFor).toContain('volumes: 1 unused');
      await handle.executeUpdate(rejectUpdate, { args: [{ by: 'ann', reason: 'keep them' }] });
      expect((await handle.result()).outcome).toBe('completed');
      expect(stage.world.checklist.pruned).toEqual([]);
    });
  });
});
