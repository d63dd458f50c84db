import type { Command } from 'commander';
import type { ScheduleHandle } from '@temporalio/client';
import { exitCodes } from '../../../domain/outcome.ts';
import { withTemporal, type TemporalLink } from '../../connect.ts';
import { withSchedule } from '../../schedules/store.ts';
import { CliError } from '../cli-error.ts';
import { environmentOf } from '../ids.ts';
import { whoAmI } from '../input.ts';
import { isJson, withCatalog, withOutput, withServer } from '../options.ts';
import type { SteerOptions } from '../steer.ts';
import { print, printJson, tell } from '../terminal.ts';
import { uiLink } from '../ui-link.ts';

type ReasonOptions = SteerOptions & { reason: string; by?: string };

const named = (schedule: Command, verb: string): Command =>
  withServer(withCatalog(withOutput(schedule.command(verb)))).argument('<name>', 'name of the schedule');

/** `crescendo schedule pause NAME --reason R`: what runs goes on, nothing new starts. */
export const schedulePauseCommand = (schedule: Command): void => {
  named(schedule, 'pause')
    .requiredOption('--reason <text>', 'why; stands in its note')
    .option('--by <who>', 'who pauses it (default: $USER)')
    .description('start nothing more; what runs goes on')
    .addHelpText(
      'after',
      '\nExample:\n  $ crescendo schedule pause nightly-check --reason "no show this week"',
    )
    .action((name: string, options: ReasonOptions) =>
      say(name, options, async (handle) => {
        const note = `paused by ${options.by ?? whoAmI()}: ${options.reason}`;
        await handle.pause(note);
        return { answer: note };
      }),
    );
};

/** `crescendo schedule resume NAME`: from its next time on; what was missed in between is not made up for. */
export const scheduleResumeCommand = (schedule: Command): void => {
  named(schedule, 'resume')
    .option('--reason <text>', 'why; stands in its note', '')
    .option('--by <who>', 'who resumes it (default: $USER)')
    .description('go on from its next time; what was missed is not made up for')
    .addHelpText('after', '\nExample:\n  $ crescendo schedule resume nightly-check')
    .action((name: string, options: ReasonOptions) =>
      say(name, options, async (handle) => {
        const note = `resumed by ${options.by ?? whoAmI()}${options.reason === '' ? '' : `: ${options.reason}`}`;
        await handle.unpause(note);
        return { answer: note };
      }),
    );
};

/** `crescendo schedule trigger NAME`: one run now, besides its times. */
export const scheduleTriggerCommand = (schedule: Command): void => {
  named(schedule, 'trigger')
    .description('start one run now, besides its times; a pause does not keep it')
    .addHelpText('after', '\nExample:\n  $ crescendo schedule trigger nightly-check')
    .action((name: string, options: SteerOptions) =>
      say(name, options, async (handle, link) => {
        const { info, policies } = await handle.describe();
        const { runningActions, recentActions } = info;
        const [running] = runningActions;
        if (running !== undefined)
          throw new CliError(`${running.workflow.workflowId} of this schedule is still at work`, {
            exitCode: exitCodes.leaseHeld,
            todo: `watch it: crescendo watch ${running.workflow.workflowId}`,
          });
        // Its own rule: left to itself, a trigger would run beside the one before.
        await handle.trigger(policies.overlap);
        const before = recentActions.map(({ action }) => action.workflow.firstExecutionRunId);
        const { workflowId, firstExecutionRunId: runId } = await startedAfter(handle, before);
        const url = uiLink(link, { workflowId, runId }, options.uiUrl);
        if (!isJson(options)) {
          tell(url);
          tell(`Watch it: crescendo watch ${workflowId}`);
        }
        return { answer: `started ${workflowId}`, workflowId, runId, url };
      }),
    );
};

/** `crescendo schedule delete NAME`: what runs goes on. */
export const scheduleDeleteCommand = (schedule: Command): void => {
  named(schedule, 'delete')
    .description('remove it; what runs goes on')
    .addHelpText('after', '\nExample:\n  $ crescendo schedule delete nightly-check')
    .action((name: string, options: SteerOptions) =>
      say(name, options, async (handle) => {
        await handle.describe();
        await handle.delete();
        return { answer: 'deleted; what runs goes on' };
      }),
    );
};

async function say(
  name: string,
  options: SteerOptions,
  work: (handle: ScheduleHandle, link: TemporalLink) => Promise<{ answer: string }>,
): Promise<void> {
  await withTemporal(options, async (link) => {
    const environment = await environmentOf(options);
    const said = await withSchedule(link, { environment, name }, (handle) => work(handle, link));
    if (isJson(options)) printJson({ name, ...said });
    else print(`${name}: ${said.answer}`);
  });
}

type StartedRun = { workflowId: string; firstExecutionRunId: string };
const startLimitMs = 15_000;
const lookEveryMs = 200;

/** The schedule starts it a moment after it was told to. */
async function startedAfter(handle: ScheduleHandle, before: readonly string[]): Promise<StartedRun> {
  const untilMs = Date.now() + startLimitMs;
  for (;;) {
    const { recentActions } = (await handle.describe()).info;
    const fresh = recentActions.find(({ action }) => !before.includes(action.workflow.firstExecutionRunId));
    if (fresh !== undefined) return fresh.action.workflow;
    if (Date.now() > untilMs)
      throw new CliError(`nothing was started within ${startLimitMs / 1_000} s`, {
        todo: 'crescendo schedule show says why',
      });
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
