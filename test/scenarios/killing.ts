import { readFile } from 'node:fs/promises';
import type { Lab } from '../../demo/lab.ts';
import { ensureDocker } from '../../scripts/setup/index.ts';
import { waitFor } from '../support/index.ts';

const pidFile = '/var/run/docker.pid';
/** It dies with its parent, a moment later; an engine that finds it dying waits for it in vain. */
const containerdPidFile = '/var/run/docker/containerd/containerd.pid';

/** SIGKILL of the process that a container runs, from outside of it: its restart policy counts, as after a crash. */
export async function killProcessOf({ docker }: Lab, container: string): Promise<void> {
  const { State } = await docker.getContainer(container).inspect();
  if (State.Pid === 0) throw new Error(`${container} does not run`);
  process.kill(State.Pid, 'SIGKILL');
}

/** SIGKILL of dockerd, and its start as after a crash of the host's service. Gives how long no engine answered. */
export async function killEngineOf({ docker }: Lab): Promise<number> {
  const [engine, containerd] = await Promise.all([pidIn(pidFile), pidIn(containerdPidFile)]);
  const killedAtMs = Date.now();
  process.kill(engine, 'SIGKILL');
  await waitFor(() => Promise.resolve(!isAlive(engine) && !isAlive(containerd)), {
    timeoutMs: 20_000,
    what: 'dockerd and its containerd to be gone',
    everyMs: 20,
  });
  await ensureDocker();
  await docker.ping();
  return Date.now() - killedAtMs;
}

const pidIn = async (file: string): Promise<number> => Number((await readFile(file, 'utf8')).trim());

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
