import type { Command } from 'commander';
import { abortCommand } from './abort.ts';
import { approveCommand, rejectCommand } from './approve.ts';
import { changeCommand } from './change.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { helpCommand } from './help.ts';
import { historyCommand } from './history.ts';
import { initCommand } from './init.ts';
import { leasesCommand } from './leases.ts';
import { pauseCommand, resumeCommand } from './pause.ts';
import { planCommand } from './plan.ts';
import { repairCommand } from './repair.ts';
import { rollbackCommand } from './rollback.ts';
import { runCommand } from './run.ts';
import { scheduleCommand } from './schedule.ts';
import { explainCommand, statusCommand } from './status.ts';
import { watchCommand } from './watch.ts';
import { workerCommand } from './worker.ts';

/** Every command, in the order of the help. */
export const commands: readonly ((program: Command) => void)[] = [
  doctorCommand,
  initCommand,
  planCommand,
  runCommand,
  watchCommand,
  statusCommand,
  explainCommand,
  approveCommand,
  rejectCommand,
  pauseCommand,
  resumeCommand,
  changeCommand,
  abortCommand,
  rollbackCommand,
  repairCommand,
  historyCommand,
  leasesCommand,
  scheduleCommand,
  workerCommand,
  demoCommand,
  helpCommand,
];
