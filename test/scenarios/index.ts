import { abortHold } from './abort-hold.ts';
import { emergency } from './emergency.ts';
import { killWorker } from './kill-worker.ts';
import { lease } from './lease.ts';
import { nginxReload } from './nginx-reload.ts';
import { rollback } from './rollback.ts';
import { scaleDown } from './scale-down.ts';
import type { Scenario } from './scenario.ts';

export const scenarios = {
  emergency,
  'kill-worker': killWorker,
  rollback,
  'abort-hold': abortHold,
  lease,
  'scale-down': scaleDown,
  'nginx-reload': nginxReload,
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
