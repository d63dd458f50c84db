/** Runs `work` while no other process does so under the same lock file; `onWait` is called once when it must wait. */
export function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T>;
