/** CPU time of this process so far, all threads, user and system, in microseconds. */
export const cpuMicrosNow = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/**
 * Works until the process has used `untilMicros` of CPU time. What the cgroup takes away does not count, so that a
 * limit of L CPUs and N microseconds an item always make L * 1e6 / N items a second, on a fast machine as on a slow one.
 */
export const burnUntil = (untilMicros: number): void => {
  let digest = 1;
  while (cpuMicrosNow() < untilMicros)
    for (let i = 0; i < 200; i += 1) digest = (Math.imul(digest, 48_271) + i) | 0;
  // Kept alive, or the compiler would take the loop away.
  if (digest === 0.5) process.emitWarning('unreachable');
};
