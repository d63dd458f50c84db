import { exitCodes } from '../../domain/outcome.ts';
import type { TemporalLink } from '../connect.ts';
import type { ProcedureHandle } from '../start-procedure.ts';
import { follow, type FollowOptions } from './follow.ts';
import { isJson, type OutputOptions } from './options.ts';
import { exitCodeOfResult, renderResult } from './result.ts';
import { print, printJson, tell, wantsColor } from './terminal.ts';
import { jsonView, viewOn } from './view.ts';

/** Exit code of a command that Ctrl-C ended. */
const interrupted = 130;

/** Shows a procedure to its end, prints its result, and sets the exit code. Ctrl-C detaches; it never aborts. */
export async function followToEnd(
  { client }: TemporalLink,
  handle: ProcedureHandle,
  options: OutputOptions,
  on: Pick<FollowOptions, 'onApproval' | 'onPlan'> = {},
): Promise<void> {
  const stop = new AbortController();
  const detach = (): void => stop.abort();
  process.on('SIGINT', detach);
  const followed = await follow({
    client,
    handle,
    view:
      options.output === 'jsonl'
        ? jsonView()
        : await viewOn(isJson(options) ? process.stderr : process.stdout),
    signal: stop.signal,
    ...on,
  }).finally(() => process.off('SIGINT', detach));

  const { workflowId } = handle;
  if (followed.end === 'detached') {
    tell(`\nDetached; ${workflowId} goes on. Come back: crescendo watch ${workflowId}`);
    tell(`Stop it: crescendo abort ${workflowId} --mode rollback --reason "..."`);
    if (isJson(options)) printJson({ workflowId, detached: true });
    process.exitCode = interrupted;
    return;
  }
  if (followed.end === 'waits for approval') {
    const { planHash = '' } = followed.progress;
    tell(`${workflowId} waits for approval of the plan ${planHash}`);
    tell(`Approve: crescendo approve ${workflowId} --hash ${planHash}`);
    tell(`Reject:  crescendo reject ${workflowId} --reason "..."`);
    if (isJson(options)) printJson({ workflowId, phase: 'awaiting_approval', planHash });
    process.exitCode = exitCodes.waitsForApproval;
    return;
  }
  const { result } = followed;
  if (isJson(options)) printJson(result);
  else print(`\n${renderResult(result, wantsColor(process.stdout))}`);
  process.exitCode = exitCodeOfResult(result);
}
