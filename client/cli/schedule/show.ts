import type { Command } from 'commander';
import { formatMs } from '../../../domain/format.ts';
import { withTemporal } from '../../connect.ts';
import { runsOf, withSchedule } from '../../schedules/store.ts';
import { environmentOf } from '../ids.ts';
import { isJson, withCatalog, withOutput, withServer } from '../options.ts';
import { plain } from '../result.ts';
import type { SteerOptions } from '../steer.ts';
import { print, printJson } from '../terminal.ts';
import { summaryOf, utcOf } from './list.ts';
import { previewOfDescribed, printPreview } from './preview.ts';

/** `crescendo schedule show NAME`: all there is to know of one. */
export const scheduleShowCommand = (schedule: Command): void => {
  withServer(withCatalog(withOutput(schedule.command('show'))))
    .argument('<name>', 'name of the schedule')
    .description('one schedule: its input, its rules, its runs, its next times')
    .addHelpText('after', '\nExample:\n  $ crescendo schedule show nightly-check')
    .action((name: string, options: SteerOptions) =>
      withTemporal(options, async (link) => {
        const environment = await environmentOf(options);
        const found = await withSchedule(link, { environment, name }, (handle) => handle.describe());
        const summary = await summaryOf(link, environment, found);
        const runs = await runsOf(link, found);
        const preview = previewOfDescribed(found, 5);
        const { policies, info, action } = found;
        const [input] = action.args ?? [];
        const { numActionsTaken: taken, numActionsMissedCatchupWindow: missed } = info;
        const skipped = info.numActionsSkippedOverlap;
        const { overlap = 'SKIP', catchupWindow: catchUpMs } = policies;
        if (isJson(options))
          return printJson({
            ...summary,
            ...preview,
            runs,
            taken,
            missed,
            skipped,
            overlap,
            catchUpMs,
            input,
          });
        const { procedure, when, paused, note, createdBy } = summary;
        const state = paused ? `paused${note === '' ? '' : `: ${note}`}` : note;
        print(`${name}: ${procedure} ${when}${state === '' ? '' : `\n${state}`}`);
        print(`by ${createdBy}, created ${utcOf(info.createdAt.getTime())}`);
        print(`catch-up ${formatMs(catchUpMs)}, overlap ${overlap.toLowerCase().replaceAll('_', '-')}`);
        print(`${taken} runs, ${missed} missed, ${skipped} left out since the one before was still at work`);
        print(`input ${JSON.stringify(input)}\n`);
        if (!paused) printPreview(preview);
        if (runs.length === 0) return;
        const table = plain(['was due', 'outcome', 'workflow id']);
        for (const { dueAtMs, outcome, workflowId } of runs)
          table.push([utcOf(dueAtMs), outcome, workflowId]);
        print(`\n${table.toString()}`);
      }),
    );
};
