import { describe, expect, it } from 'vitest';
import { valueOf } from '../../domain/reading.ts';
import { pathsOf } from '../../platforms/compose/cgroup.ts';
import { openEngine } from '../../platforms/compose/engine.ts';
import { inspectAll } from '../../platforms/compose/observe.ts';
import { stats, usageBetween } from '../../platforms/compose/stats.ts';
import { countersOf, streamCounters } from '../../platforms/compose/stats-stream.ts';
import { baseImages } from '../../scripts/setup/index.ts';
import { waitFor } from '../support/index.ts';
import { openProject } from './compose-project.ts';

const mib = 1024 * 1024;

describe('CPU and memory of a container', () => {
  it('are ratios of its limit and leave page cache out, by the kernel and by the engine alike', async () => {
    // A tenth of a core, which it gets however busy the machine is, all of it in use; and 20 MiB of files written that no one needs in memory.
    const program =
      'busybox dd if=/dev/zero of=/tmp/f bs=1M count=20 2>/dev/null; echo written; while :; do :; done';
    const project = await openProject(`
services:
  busy:
    image: ${baseImages.base}
    command: ["busybox", "sh", "-c", "${program}"]
    stop_grace_period: 1s
    cpu_shares: 20000
    deploy: { resources: { limits: { cpus: '0.1', memory: 64M } } }
`);
    try {
      await project.compose('up', '-d');
      await waitFor(async () => (await project.compose('logs', 'busy')).includes('written'), {
        timeoutMs: 15_000,
        what: 'the file to be written',
      });
      const engine = openEngine({ kind: 'compose', project: project.name });
      const [info] = await inspectAll(engine);
      if (info === undefined) throw new Error('no container');
      const ofKernel = (await stats(engine, ['busy'], { windowMs: 1_000 }))[`${project.name}-busy-1`];
      const ofEngine = usageBetween(info, await streamCounters(engine, info.Id, 1_000), 'engine');
      for (const usage of [ofKernel, ofEngine]) {
        expect(valueOf(usage?.cpuOfLimit)).toBeGreaterThan(0.6);
        expect(valueOf(usage?.cpuOfLimit)).toBeLessThan(1.3);
        expect(valueOf(usage?.memoryBytes)).toBeLessThan(12 * mib);
        expect(valueOf(usage?.memoryOfLimit)).toBeLessThan(0.2);
      }
      expect(ofKernel?.cpuOfLimit.source).toMatch(/cgroup|docker stats/);
    } finally {
      await project.remove();
    }
  });

  it('are read off both versions of control groups', () => {
    const raw = (stats: Record<string, number>) => ({
      read: '2026-01-01T00:00:00Z',
      cpu_stats: { cpu_usage: { total_usage: 5 }, online_cpus: 2 },
      memory_stats: { usage: 100, limit: 1_000, stats },
    });
    expect(countersOf(raw({ total_inactive_file: 30, inactive_file: 1 })).memoryBytes).toBe(70);
    expect(countersOf(raw({ inactive_file: 40 })).memoryBytes).toBe(60);
    expect(pathsOf('4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/docker/abc\n', 'abc')).toEqual({
      memory: '/docker/abc',
      cpu: '/docker/abc',
      cpuacct: '/docker/abc',
      '': '/docker/abc',
    });
    expect(pathsOf('0::/system.slice/docker-abc.scope\n', 'abc')).toEqual({
      '': '/system.slice/docker-abc.scope',
    });
  });

  it('are not read from a process that only has the same number here', () => {
    expect(pathsOf('0::/system.slice/other.service\n', 'abc')).toBeUndefined();
  });
});
