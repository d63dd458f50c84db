import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Replica } from '../../domain/observation.ts';
import { valueOf } from '../../domain/reading.ts';
import type { Platform, WriteContext } from '../../platforms/platform.ts';

/** One platform with one service that runs with one replica when it is opened. */
export interface Subject {
  platform: Platform;
  service: string;
  /** A file that a replica has. */
  file: string;
  close(): Promise<void>;
}

/** What every driver keeps: the same tests run over each. */
export function contractOf(name: string, open: () => Promise<Subject>): void {
  describe(`${name} as a platform`, () => {
    let subject: Subject;
    let token = 0;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject?.close());
    beforeEach(() => {
      token += 1;
    });

    const context = (extra: Partial<WriteContext> = {}): WriteContext => ({
      operationId: `incident-1/scale/${token}`,
      fencingToken: token,
      ...extra,
    });
    const replicas = async (): Promise<Replica[]> =>
      (await subject.platform.observe([subject.service]))[subject.service] ?? [];
    const scaleTo = (count: number, extra: Partial<WriteContext> = {}) =>
      subject.platform.scale(
        { service: subject.service, replicas: count, stopGraceMs: 5_000 },
        context(extra),
      );
    const untilHealthy = (count: number) => waitForHealthy(subject, count);
    const numbers = (list: readonly Replica[]): number[] => list.map(({ number }) => number);

    it('observes each replica with its state, health and limits', async () => {
      const [replica, ...more] = await untilHealthy(1);
      expect(more).toEqual([]);
      expect(replica).toMatchObject({
        service: subject.service,
        number: 1,
        state: 'running',
        health: 'healthy',
      });
      expect(replica?.limits.cpus).toBeGreaterThan(0);
      expect(replica?.limits.memoryBytes).toBeGreaterThan(0);
      expect(replica?.createdAtMs).toBeLessThanOrEqual(Date.now());
    });

    it('gives an empty list for a service that is not there', async () => {
      expect(await subject.platform.observe(['nobody'])).toEqual({ nobody: [] });
    });

    it('scales up to the count asked for and marks what it made with the operation', async () => {
      const result = await scaleTo(3);
      expect(result.created).toHaveLength(2);
      expect(result.created.toSorted()).toEqual(result.started.toSorted());
      const healthy = await untilHealthy(3);
      expect(numbers(healthy)).toEqual([1, 2, 3]);
      expect(healthy.map(({ operationId }) => operationId)).toEqual([
        undefined,
        `incident-1/scale/${token}`,
        `incident-1/scale/${token}`,
      ]);
    });

    it('changes nothing when the count is there already', async () => {
      const before = await replicas();
      const result = await scaleTo(3);
      expect(result).toMatchObject({ created: [], started: [], removed: [] });
      expect((await replicas()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    });

    it('refuses a token that is older than one it has seen, and changes nothing', async () => {
      const before = await replicas();
      await expect(scaleTo(1, { fencingToken: 1 })).rejects.toMatchObject({ type: 'StaleFencingToken' });
      expect(await replicas()).toEqual(before);
    });

    it('measures CPU and memory of each running replica as ratios of its limits', async () => {
      const names = (await replicas()).map(({ name }) => name);
      const usage = await subject.platform.stats([subject.service], { windowMs: 300 });
      expect(Object.keys(usage).toSorted()).toEqual(names.toSorted());
      for (const { cpuOfLimit, memoryOfLimit, cpus, memoryBytes } of Object.values(usage)) {
        expect(valueOf(cpuOfLimit)).toBeGreaterThanOrEqual(0);
        expect(valueOf(cpus)).toBeLessThan(8);
        expect(valueOf(memoryBytes)).toBeGreaterThan(0);
        expect(valueOf(memoryOfLimit)).toBeGreaterThan(0);
        expect(valueOf(memoryOfLimit)).toBeLessThan(1);
      }
    });

    it('removes the newest first, and tells of each on the way', async () => {
      const told: string[] = [];
      const before = await replicas();
      const result = await scaleTo(1, { onProgress: (progress) => told.push(progress) });
      expect(result.removed).toEqual([before[2]?.name, before[1]?.name]);
      expect(told).toHaveLength(2);
      expect(numbers(result.replicas)).toEqual([1]);
      expect((await replicas())[0]?.id).toBe(before[0]?.id);
    });

    it('wakes at once when what the caller saw is so no more', async () => {
      const seen = await subject.platform.observe([subject.service]);
      await scaleTo(2);
      const sinceMs = Date.now();
      await subject.platform.nextChange([subject.service], { timeoutMs: 10_000, seen });
      expect(Date.now() - sinceMs).toBeLessThan(3_000);
    });

    it('waits for the time given when nothing changes, and stops when it is told to', async () => {
      await untilHealthy(2);
      const sinceMs = Date.now();
      await subject.platform.nextChange([subject.service], { timeoutMs: 200 });
      expect(Date.now() - sinceMs).toBeGreaterThanOrEqual(190);
      const aborting = subject.platform.nextChange([subject.service], {
        timeoutMs: 60_000,
        signal: AbortSignal.timeout(50),
      });
      await expect(aborting).rejects.toThrow(/abort/i);
    });

    it('does nothing for a caller that has been told to stop', async () => {
      const signal = AbortSignal.abort();
      await expect(subject.platform.observe([subject.service], signal)).rejects.toThrow(/abort/i);
      await expect(scaleTo(4, { signal })).rejects.toThrow(/abort/i);
      expect(await replicas()).toHaveLength(2);
    });

    it('reads the log with times, the last lines of it, and what came since', async () => {
      const [{ name }] = (await replicas()) as [Replica];
      const lines = await subject.platform.logs(name, {});
      expect(lines.map(({ text }) => text)).toContainEqual(expect.stringContaining('Started'));
      expect(lines.every(({ replica, atMs }) => replica === name && atMs > 1e12)).toBe(true);
      expect(await subject.platform.logs(name, { tail: 1 })).toEqual(lines.slice(-1));
      expect(await subject.platform.logs(name, { sinceMs: Date.now() + 60_000 })).toEqual([]);
    });

    it('runs an argument list as it is, and gives what it wrote and how it ended', async () => {
      const [{ name }] = (await replicas()) as [Replica];
      const text = '$(id); `id` | "quoted" ü';
      expect(await subject.platform.exec(name, ['busybox', 'echo', text])).toEqual({
        exitCode: 0,
        stdout: `${text}\n`,
        stderr: '',
      });
      expect(await subject.platform.exec(name, ['busybox', 'false'])).toMatchObject({ exitCode: 1 });
    });

    it('writes a file and reads it back, and says when there is none', async () => {
      const [{ name }] = (await replicas()) as [Replica];
      await subject.platform.writeFile(name, subject.file, 'upstream ü {}\n');
      expect(await subject.platform.readFile(name, subject.file)).toBe('upstream ü {}\n');
      await expect(subject.platform.readFile(name, '/etc/no-such-file')).rejects.toMatchObject({
        type: 'FileNotFound',
      });
    });

    it('changes the limits of running replicas without a restart', async () => {
      const before = await replicas();
      const limits = { cpus: 0.5, memoryBytes: 128 * 1024 * 1024 };
      await subject.platform.resize(subject.service, limits, context());
      const after = await replicas();
      expect(after.map(({ limits }) => limits)).toEqual([limits, limits]);
      expect(after.map(({ id, state, restartCount }) => [id, state, restartCount])).toEqual(
        before.map(({ id, state, restartCount }) => [id, state, restartCount]),
      );
    });

    it('does not take away memory that is in use', async () => {
      const before = await replicas();
      const shrinking = subject.platform.resize(subject.service, { memoryBytes: 4_096 }, context());
      await expect(shrinking).rejects.toMatchObject({ type: 'NotScalable' });
      expect((await replicas()).map(({ limits }) => limits)).toEqual(before.map(({ limits }) => limits));
    });

    it('stops all replicas of a service, keeps them, and starts them again', async () => {
      const before = await replicas();
      await subject.platform.stop(subject.service, { stopGraceMs: 5_000 }, context());
      expect((await replicas()).map(({ state }) => state)).toEqual(['exited', 'exited']);
      await subject.platform.start(subject.service, context());
      expect((await untilHealthy(2)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    });

    it('restarts one replica, which stays the same one', async () => {
      const [, second] = await replicas();
      await subject.platform.restart(second?.name ?? '', { stopGraceMs: 5_000 }, context());
      const after = (await untilHealthy(2))[1];
      expect(after?.id).toBe(second?.id);
    });

    it('stops one replica and keeps it there; it is the first to be removed', async () => {
      const before = await replicas();
      const [last] = before.toReversed() as [Replica];
      const { exitCode } = await subject.platform.stopReplica(last.name, { stopGraceMs: 2_000 }, context());
      expect(exitCode).toBeTypeOf('number');
      const stopped = await replicas();
      expect(stopped.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      expect(stopped.filter(({ state }) => state === 'running')).toHaveLength(before.length - 1);
      await expect(
        subject.platform.stopReplica(last.name, { stopGraceMs: 1_000 }, context({ fencingToken: 0 })),
      ).rejects.toMatchObject({ type: 'StaleFencingToken' });
      const { removed } = await scaleTo(before.length - 1);
      expect(removed).toEqual([last.name]);
      await scaleTo(before.length);
    });

    it('starts replicas that stand still before it makes new ones', async () => {
      await subject.platform.stop(subject.service, { stopGraceMs: 5_000 }, context());
      const stopped = await replicas();
      const result = await scaleTo(3);
      expect(result.created).toHaveLength(1);
      expect(result.started).toHaveLength(3);
      expect((await replicas()).slice(0, 2).map(({ id }) => id)).toEqual(stopped.map(({ id }) => id));
    });

    it('scales to nothing and back', async () => {
      expect((await scaleTo(0)).replicas).toEqual([]);
      await scaleTo(2);
      expect(numbers(await untilHealthy(2))).toEqual([1, 2]);
    });

    it('knows the room on its host', async () => {
      const { cpus, memoryBytes, availableMemoryBytes } = await subject.platform.host();
      expect(cpus).toBeGreaterThan(0);
      expect(valueOf(availableMemoryBytes)).toBeLessThanOrEqual(memoryBytes);
    });

    it('finds nothing against scaling the service, and says of one that is not there', async () => {
      expect(await subject.platform.obstacles([subject.service])).toEqual([]);
      expect(await subject.platform.obstacles(['nobody'])).toMatchObject([
        { service: 'nobody', kind: 'not_deployed' },
      ]);
    });
  });
}

/** Waits by the platform's own events until that many replicas are there and all are healthy. */
export async function waitForHealthy(
  { platform, service }: Pick<Subject, 'platform' | 'service'>,
  count: number,
  timeoutMs = 20_000,
): Promise<Replica[]> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const seen = await platform.observe([service]);
    const found = seen[service] ?? [];
    if (found.length === count && found.every(({ health }) => health === 'healthy')) return found;
    const leftMs = until - Date.now();
    if (leftMs <= 0) throw new Error(`no ${count} healthy replicas: ${JSON.stringify(found)}`);
    await platform.nextChange([service], { timeoutMs: leftMs, seen });
  }
}
