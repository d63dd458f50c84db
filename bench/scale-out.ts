import Dockerode from 'dockerode';
import { ensureBaseImages, ensureCompose, ensureDocker, baseImages } from '../scripts/setup/index.ts';
import { createComposePlatform } from '../platforms/compose/index.ts';
import { openProject, type ComposeProject } from '../test/platforms/compose-project.ts';
import { waitForHealthy } from '../test/platforms/contract.ts';
import { bareEngine } from './bare-engine.ts';
import type { Benchmark, BenchResult } from './benchmark.ts';
import { interleaved, median, round3, timed } from './measure.ts';

const service = 'api';
const target = 10;
const concurrencies = [2, 4, 6, 9];

/** A small service with the health check of the design's own measurements. */
const yaml = `
services:
  ${service}:
    image: ${baseImages.base}
    command: ["busybox", "httpd", "-f", "-p", "8080", "-h", "/"]
    healthcheck:
      test: ["CMD", "busybox", "nc", "-w", "1", "127.0.0.1", "8080", "-e", "true"]
      interval: 1s
      timeout: 2s
    deploy: { resources: { limits: { cpus: '0.5', memory: 32M } } }
`;

/** 1 to 10 replicas until all are healthy: our driver, `docker compose up`, and bare calls of the Engine API. */
export const scaleOut: Benchmark = {
  title: '1 to 10 replicas until all are healthy: ours, docker compose, bare Engine API calls',
  run: async ({ rounds, progress, signal }) => {
    await ensureDocker();
    await ensureCompose();
    await ensureBaseImages();
    const project = await openProject(yaml, 'crescendo-bench');
    try {
      await project.compose('up', '-d', '--wait');
      return await measure(project, rounds, progress, signal);
    } finally {
      await project.remove();
    }
  },
};

async function measure(
  project: ComposeProject,
  rounds: number,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<BenchResult> {
  const docker = new Dockerode();
  const platform = createComposePlatform({ kind: 'compose', project: project.name });
  const bare = bareEngine(docker, project.name, service);
  let operation = 0;

  /** Times the way up; the way down to one replica is not part of it. */
  const up = async (work: () => Promise<unknown>): Promise<number> => {
    signal.throwIfAborted();
    const ms = await timed(work);
    await requireHealthy();
    await bare.backToOne();
    return ms;
  };
  const requireHealthy = async (): Promise<void> => {
    const found = (await platform.observe([service]))[service] ?? [];
    const healthy = found.filter(({ health }) => health === 'healthy').length;
    if (healthy !== target) throw new Error(`${healthy} of ${target} replicas are healthy`);
  };
  const ours = async (): Promise<void> => {
    operation += 1;
    const context = { operationId: `bench/${operation}`, fencingToken: operation, signal };
    await platform.scale({ service, replicas: target, stopGraceMs: 1_000 }, context);
    await waitForHealthy({ platform, service }, target, 60_000);
  };
  const peer = (): Promise<string> =>
    project.compose('up', '-d', '--wait', '--no-recreate', '--scale', `${service}=${target}`);

  const trials: { concurrency: number; ms: number }[] = [];
  for (const concurrency of concurrencies) {
    const ms = await up(() => bare.scaleTo(target, concurrency));
    progress(`bare Engine API calls, ${concurrency} at once: ${ms.toFixed(0)} ms`);
    trials.push({ concurrency, ms });
  }
  const best = trials.toSorted((a, b) => a.ms - b.ms)[0]?.concurrency ?? 1;

  const measured = await interleaved(
    rounds,
    {
      ours: () => up(ours),
      peer: () => up(peer),
      limit: () => up(() => bare.scaleTo(target, best)),
    },
    (way, round, ms) => progress(`round ${round}, ${way}: ${ms.toFixed(0)} ms`),
  );
  await platform.close();
  const [oursMs, peerMs, limitMs] = [measured.ours, measured.peer, measured.limit].map((ms) =>
    Math.round(median(ms)),
  ) as [number, number, number];
  const ratio = oursMs / peerMs;
  const ratioToLimit = oursMs / limitMs;
  return {
    rounds,
    figures: {
      oursMs,
      peerMs,
      limitMs,
      ratio: round3(ratio),
      ratioToLimit: round3(ratioToLimit),
      limitConcurrency: best,
    },
    bounds: [
      { field: 'ratio', value: ratio, atMost: 0.65 },
      { field: 'ratioToLimit', value: ratioToLimit, atMost: 1.15 },
    ],
    measured,
  };
}
