import type { Command } from 'commander';
import { scheduleCreateCommand } from './schedule/create.ts';
import { scheduleListCommand } from './schedule/list.ts';
import { schedulePreviewCommand } from './schedule/preview.ts';
import { scheduleShowCommand } from './schedule/show.ts';
import {
  scheduleDeleteCommand,
  schedulePauseCommand,
  scheduleResumeCommand,
  scheduleTriggerCommand,
} from './schedule/steer.ts';

/** `crescendo schedule …`: procedures that run again and again, as Temporal Schedules. */
export const scheduleCommand = (program: Command): void => {
  const schedule = program
    .command('schedule')
    .description('procedures that run again and again: create, list, show, preview, pause, trigger, delete')
    .addHelpText(
      'after',
      `
Examples:
  $ crescendo schedule create nightly-check validateScaling --at 03:30 --time-zone Europe/Berlin
  $ crescendo schedule list
  $ crescendo schedule preview nightly-check --count 3
  $ crescendo schedule pause nightly-check --reason "moving to the new hosts"

A run that is missed by more than the catch-up window (5 min unless said otherwise) is left out: a late
scale-up harms. A run is left out as well while the one before it still runs. A single event needs no
schedule: a procedure for an event waits by itself until it is time.`,
    );
  scheduleCreateCommand(schedule);
  scheduleListCommand(schedule);
  scheduleShowCommand(schedule);
  schedulePreviewCommand(schedule);
  schedulePauseCommand(schedule);
  scheduleResumeCommand(schedule);
  scheduleTriggerCommand(schedule);
  scheduleDeleteCommand(schedule);
};
