import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { waitFor } from './wait-for.ts';

/** A server of a test: it can be stopped, killed and started again with the same arguments. */
export interface ServerProcess {
  pid(): number | undefined;
  /** Starts it where it does not run, and waits until it answers. */
  start(): Promise<void>;
  /** SIGTERM, and waits for its end; what it stored stays. Twice does no harm. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
}

export interface ServerCommand {
  what: string;
  program: string;
  args: string[];
  /** Its stdout and stderr; the end of it stands in the error when the server does not come up. */
  logFile: string;
  isReady(): Promise<boolean>;
  timeoutMs?: number;
}

export function serverProcess(command: ServerCommand): ServerProcess {
  let child: ChildProcess | undefined;
  const isRunning = (): boolean =>
    child !== undefined && child.exitCode === null && child.signalCode === null;
  // A test run that ends in the middle takes its servers along.
  const killNow = (): void => void (isRunning() && child?.kill('SIGKILL'));
  process.on('exit', killNow);

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child === undefined || !isRunning()) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const force = setTimeout(killNow, 15_000);
    await ended;
    clearTimeout(force);
  };

  return {
    pid: () => (isRunning() ? child?.pid : undefined),
    start: async () => {
      if (isRunning()) return;
      child = launch(command);
      try {
        await waitFor(() => !isRunning() || command.isReady(), {
          timeoutMs: command.timeoutMs ?? 60_000,
          what: `${command.what} to answer`,
          everyMs: 100,
        });
        if (!isRunning()) throw new Error(`${command.what} ended at once`);
      } catch (error) {
        await end('SIGKILL');
        const log = await readFile(command.logFile, 'utf8').catch(() => '');
        throw new Error(`${command.what} did not come up:\n${log.split('\n').slice(-15).join('\n')}`, {
          cause: error,
        });
      }
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

function launch({ program, args, logFile }: ServerCommand): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  // A program that is not there ends without `exit`; the wait for readiness reports it.
  child.on('error', () => child.emit('exit', 127, null));
  return child;
}
