import { backupName } from './backup-name.ts';
import type { ServiceFileEdit } from './compose-file-operation.ts';
import type { Resources } from './observation.ts';
import type { ResizeParts } from './plan-resize.ts';
import type { Cause, PlanStep } from './plan.ts';

/** Whether there is anything to set. */
export const hasAny = (settings: object): boolean => Object.keys(settings).length > 0;

/** Room first, and only then what fills it; the other way round on the way down. */
export const liveSteps = (parts: ResizeParts, causes: Cause[], limits: Resources | undefined): PlanStep[] => {
  const resize = limits === undefined ? [] : [limitsStep(parts, causes, limits)];
  const settings = liveStep(parts, causes);
  const { container } = parts;
  const shrinks = (limits?.memoryBytes ?? Infinity) < (container.limits.memoryBytes ?? Infinity);
  return shrinks ? [...settings, ...resize] : [...resize, ...settings];
};

/** Settings that are live before the restart must not fill what only the restart would give. */
export const roomStep = (parts: ResizeParts, causes: Cause[]): PlanStep[] => {
  const { asked, container, live } = parts;
  const { memoryBytes = 0 } = asked.limits;
  if (!hasAny(live.to) || memoryBytes <= (container.limits.memoryBytes ?? Infinity)) return [];
  return [limitsStep(parts, causes, { memoryBytes })];
};

const limitsStep = ({ container, database }: ResizeParts, causes: Cause[], to: Resources): PlanStep => {
  const { service, limits } = container;
  const none = Object.fromEntries(Object.keys(to).map((name) => [name, null]));
  return {
    id: 'limits',
    title: `Resize ${service}, live`,
    service,
    causes,
    operations: [{ kind: 'resizeContainer', service, from: { ...none, ...limits }, to }],
    checks: [{ kind: 'databaseAnswers', service, database, settings: {} }],
    undoable: true,
  };
};

export const liveStep = ({ container, database, live }: ResizeParts, causes: Cause[]): PlanStep[] => {
  if (!hasAny(live.to)) return [];
  const { service } = container;
  return [
    {
      id: 'settings',
      title: `Set ${Object.keys(live.to).join(', ')}, live`,
      service,
      causes,
      operations: [{ kind: 'applySettings', service, database, from: live.from, to: live.to }],
      checks: [{ kind: 'databaseAnswers', service, database, settings: live.to }],
      undoable: true,
    },
  ];
};

export const restartStep = (parts: ResizeParts, causes: Cause[]): PlanStep => {
  const { container, database, asked, command, afterRestart, observedAtMs } = parts;
  const { service } = container;
  const edit: ServiceFileEdit = { limits: asked.limits, reservations: asked.reservations, command };
  return {
    id: 'restart',
    title: `Restart ${service} once, by the edited compose file`,
    service,
    causes,
    operations: [
      { kind: 'editComposeFile', service, edits: { [service]: edit }, backup: backupName(observedAtMs) },
      {
        kind: 'replaceContainer',
        service,
        database,
        edit,
        ...(parts.storedAs === undefined ? {} : { storedAs: parts.storedAs }),
        budgetMs: asked.downtimeBudgetMs,
        at: 'apply',
      },
    ],
    checks: [{ kind: 'databaseAnswers', service, database, settings: afterRestart }],
    undoable: true,
  };
};
