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

/** Whether a worker that was not there before has started, looked for during a few seconds. */
export const newWorkers = async (balancer: Balancer, before: ReadonlySet<string>): Promise<boolean> => {
  const giveUpAtMs = Date.now() + takeOverMs;
  for (;;) {
    const now = await readWorkers(balancer);
    if (now === undefined || [...now].some((worker) => !before.has(worker))) return true;
    if (Date.now() > giveUpAtMs) return false;
    await pause(50, balancer.signal);
  }
};

/** `undefined` when it is not there or empty: `/proc` answers no archive request, so it is read by `cat`. */
const readProcFile = async (
  { platform, name, signal }: Balancer,
  path: string,
): Promise<string | undefined> => {
  const result = await platform.exec(name, ['cat', path], {
    timeoutMs: 5_000,
    ...(signal === undefined ? {} : { signal }),
  });
  const text = result.stdout.trim();
  return result.exitCode === 0 && text !== '' ? text : undefined;
};
