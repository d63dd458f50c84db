import { execa } from 'execa';

export interface Ran {
  ok: boolean;
  stdout: string;
  /** The last lines of what it said, for a message. */
  said: string;
}

export interface RunOptions {
  timeoutMs?: number;
  env?: Record<string, string>;
  cwd?: string;
  input?: string;
}

/** Runs a program to its end, without a shell and without stdin. A failure is an answer here: fall-backs follow. */
export async function run(program: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  const { timeoutMs = 60_000, env = {}, cwd } = options;
  const ended = await execa(program, args, {
    reject: false,
    timeout: timeoutMs,
    env,
    all: true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const said = ended.timedOut
    ? `no end within ${Math.round(timeoutMs / 1_000)} s`
    : lastLines(ended.all === '' || ended.all === undefined ? (ended.shortMessage ?? '') : ended.all);
  return { ok: !ended.failed, stdout: ended.stdout, said };
}

/** Whether a program is on PATH and answers. */
export const has = async (program: string, ...args: string[]): Promise<boolean> =>
  (await run(program, args, { timeoutMs: 20_000 })).ok;

const lastLines = (text: string): string => text.trim().split('\n').slice(-4).join('\n').slice(-600);
