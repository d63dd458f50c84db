import { backupName } from '../../domain/wave-steps.ts';
import {
  judgeHealth,
  judgeLogs,
  judgeRoom,
  prunable,
  type ChecklistFinding,
} from '../../domain/checklist.ts';
import type { HostLeft } from '../../domain/event-forecast.ts';
import { formatBytes } from '../../domain/format.ts';
import { infrastructureOf } from '../../domain/infrastructure.ts';
import { hashOf } from '../../domain/plan-hash.ts';
import type { StepReport } from '../../domain/procedure.ts';
import { perform } from '../engine/activities.ts';
import { Ending } from '../engine/ending.ts';
import type { Run } from '../engine/run.ts';
import { addFacts, waitWhilePaused } from '../engine/steps.ts';
import type { EventPlan } from './event-plan.ts';

type Problems = ChecklistFinding['problems'];

/**
 * Runbook, "Pre-Event Checklist", each point a step of its own, before anything is changed.
 * @throws Ending `held` with code ChecklistFailed, with everything that fails and what to do
 */
export async function preEventChecklist(run: Run, event: EventPlan): Promise<void> {
  await waitWhilePaused(run);
  run.enter('checking');
  const services = Object.keys(event.catalog.services).filter(
    (name) => (run.before?.services[name]?.replicas.length ?? 0) > 0 || event.services.includes(name),
  );
  const { checklist, composeFile } = event.request;
  const tail = checklist.logTail;

  // 2. Clean up unused resources: only what a person has approved, and before the room is judged.
  if (checklist.prune === 'ask') await prune(run, event);
  const found = await Promise.all([
    // 1. Verify current resource availability.
    point(run, 'checklist-room', 'Checklist: memory and disk', async () => {
      const seen = await perform('readStorage', [], 'memory, disk, what lies on it');
      const memoryLeftBytes = leastLeft(run.plan?.forecast?.left ?? []);
      return judgeRoom({ ...seen, memoryLeftBytes }, checklist);
    }),
    // 4. Verify all services are healthy, and what their logs say.
    point(run, 'checklist-health', 'Checklist: every service healthy', async () => {
      const all = [...services, ...infrastructureOf(event.catalog)];
      const { unhealthy } = await perform('checkHealth', [{ services: all }], 'every service healthy');
      return judgeHealth(unhealthy, all.length);
    }),
    point(run, 'checklist-logs', 'Checklist: errors in the logs', async () => {
      const lines = await perform('scanLogs', [{ services, tail }], 'error, exception, fatal in the logs');
      return judgeLogs(lines, { tail, hold: checklist.onLogErrors === 'hold' });
    }),
  ]);
  const problems = found.flat();
  if (problems.length > 0) {
    const text = problems.map(({ message, remedy }) => `${message} (to do: ${remedy})`).join('; ');
    throw new Ending('held', `nothing was changed: ${text}`, 'ChecklistFailed');
  }
  // 3. Backup current configuration.
  if (!composeFile.edit) return;
  await point(run, 'checklist-backup', 'Checklist: back up the compose file', async () => {
    const backup = backupName(Date.now());
    return {
      ...(await perform('backUpComposeFile', [{ backup }], 'copy of the compose file')),
      problems: [],
    };
  });
}

/** At the tightest moment: the last wave, or the renewal of what runs. */
const leastLeft = (left: readonly HostLeft[]): number | null => {
  const known = left.flatMap(({ memoryLeftBytes }) => memoryLeftBytes ?? []);
  return known.length === 0 ? null : Math.min(...known);
};

async function prune(run: Run, event: EventPlan): Promise<void> {
  const { pruneVolumes } = event.request.checklist;
  await point(run, 'checklist-prune', 'Checklist: clean up what nothing uses', async () => {
    const { storage } = await perform('readStorage', [], 'what a prune would free');
    const { kinds, facts, bytes } = prunable(storage.use, pruneVolumes);
    if (kinds.length === 0) return { facts: ['nothing is unused'], problems: [] };
    const hash = hashOf({ prune: facts });
    const what = facts.join('; ');
    run.waitingFor = `approve or reject of the prune ${hash.slice(0, 12)}, which frees ${formatBytes(bytes)} (${what}); its whole hash is ${hash}`;
    run.note(`a prune would free: ${what}; approve it with the hash ${hash}`);
    run.show();
    const answer = await run.steering.answerTo(hash, run.request.approvalTimeoutMs, 'approval of the prune');
    run.waitingFor = undefined;
    if (answer?.approved !== true) {
      const why = answer === undefined ? 'nobody approved it in time' : `rejected by ${answer.by}`;
      return { facts: [...facts, `nothing pruned: ${why}`], problems: [] };
    }
    const pruned = await perform('pruneUnused', [{ kinds }], `prune: ${kinds.join(', ')}`);
    return { facts: [...facts, ...pruned.facts, `approved by ${answer.by}`], problems: [] };
  });
}

/** One point as a step of the report, before the plan's. Returns what fails. */
async function point(
  run: Run,
  id: string,
  title: string,
  work: () => Promise<ChecklistFinding>,
): Promise<Problems> {
  const report: StepReport = {
    id,
    title,
    service: 'platform',
    status: 'running',
    startedAtMs: Date.now(),
    facts: [],
  };
  const next = run.steps.findIndex(({ status }) => status === 'pending');
  run.steps.splice(next < 0 ? run.steps.length : next, 0, report);
  run.show();
  try {
    const { facts, problems } = await work();
    addFacts(run, report, facts);
    report.status = problems.length === 0 ? 'done' : 'failed';
    return problems;
  } catch (error) {
    report.status = 'failed';
    throw error;
  } finally {
    report.endedAtMs = Date.now();
    run.show();
  }
}
