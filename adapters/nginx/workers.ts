import { pause } from '../abort.ts';
import type { Balancer } from './config-file.ts';

/** How long the master may take to start workers with the new configuration. */
const takeOverMs = 5_000;
const pidFiles = ['/run/nginx.pid', '/var/run/nginx.pid'];

/**
 * Process ids of nginx' workers inside the replica, as the kernel lists the children of the master; `undefined` where that cannot be
 * seen (another pid file, a kernel without `children`): then `nginx -s reload` has to be believed.
 */
export const readWorkers = async (balancer: Balancer): Promise<Set<string> | undefined> => {
  for (const file of pidFiles) {
    const master = await readProcFile(balancer, file);
    if (master === undefined) continue;
    const children = await readProcFile(balancer, `/proc/${master}/task/${master}/children`);
    if (children !== undefined) return new Set(children.split(/\s+/));
  }
  return undefined;
};

/**
 * Whether new workers have taken over: one has started, and none of the old ones takes connections any more. nginx tells the old ones to stop a
 * moment after it started the new ones, and until then they send requests to replicas that are no longer in the upstream.
 */
export const haveTakenOver = async (balancer: Balancer, before: ReadonlySet<string>): Promise<boolean> => {
  const giveUpAtMs = Date.now() + takeOverMs;
  for (;;) {
    const now = await readWorkers(balancer);
    if (now === undefined) return true;
    const hasStarted = [...now].some((worker) => !before.has(worker));
    const old = [...now].filter((worker) => before.has(worker));
    if (hasStarted && (await areStopping(balancer, old))) return true;
    if (Date.now() > giveUpAtMs) return false;
    await pause(50, balancer.signal);
  }
};

/** Whether no worker is left that finishes requests under an older configuration; `undefined` where that cannot be seen. */
export const areAllTaking = async (balancer: Balancer): Promise<boolean | undefined> => {
  const workers = await readWorkers(balancer);
  if (workers === undefined || workers.size === 0) return undefined;
  const { stdout } = await run(balancer, ['cat', ...[...workers].map((worker) => `/proc/${worker}/cmdline`)]);
  return !stdout.includes('worker process is shutting down');
};

/** An old worker says in its title that it finishes its last requests. One that is gone by now has no title. */
const areStopping = async (balancer: Balancer, workers: readonly string[]): Promise<boolean> => {
  if (workers.length === 0) return true;
  const { stdout } = await run(balancer, ['cat', ...workers.map((worker) => `/proc/${worker}/cmdline`)]);
  return !/worker process(?! is shutting down)/.test(stdout);
};

/** `undefined` when it is not there or empty: `/proc` answers no archive request, so it is read by `cat`. */
const readProcFile = async (balancer: Balancer, path: string): Promise<string | undefined> => {
  const { exitCode, stdout } = await run(balancer, ['cat', path]);
  const text = stdout.trim();
  return exitCode === 0 && text !== '' ? text : undefined;
};

const run = async (
  { platform, name, signal }: Balancer,
  argv: readonly string[],
): Promise<{ exitCode: number; stdout: string }> =>
  platform.exec(name, argv, { timeoutMs: 5_000, ...(signal === undefined ? {} : { signal }) });
