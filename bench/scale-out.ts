import type Dockerode from 'dockerode';
import pLimit from 'p-limit';
import { createComposePlatform } from '../platforms/compose/index.ts';
import type { Platform } from '../platforms/platform.ts';
import { alternate, type BenchEnd, type BenchOptions } from './measure.ts';
import { openProject, type BenchProject } from './project.ts';

const FROM = 1;
const TO = 10;

/** 1 to 10 replicas until all are healthy: our driver, `docker compose up`, and bare calls of the Engine API. */
export async function scaleOut({ rounds, progress }: BenchOptions): Promise<BenchEnd> {
  const project = await openProject(FROM);
  const platform = createComposePlatform({
    kind: 'compose',
    project: project.name,
    composeFile: project.file,
  });
  try {
    const concurrency = await bestConcurrency(project, progress);
    const medians = await alternate(rounds, progress, () => backToOne(project), {
      ours: () => ours(platform, project.service),
      peer: () =>
        project.compose('up', '-d', '--wait', '--no-recreate', '--scale', `${project.service}=${TO}`),
      limit: () => bare(project, concurrency),
    });
    const ratio = medians.ours / medians.peer;
    const ratioToLimit = medians.ours / medians.limit;
    return {
      holds: ratio <= 0.65 && ratioToLimit <= 1.15,
      facts: {
        rounds,
        concurrency,
        oursMs: Math.round(medians.ours),
        peerMs: Math.round(medians.peer),
        limitMs: Math.round(medians.limit),
        ratio: Number(ratio.toFixed(3)),
        ratioToLimit: Number(ratioToLimit.toFixed(3)),
      },
    };
  } finally {
    await platform.close();
    await project.close();
  }
}

async function ours(platform: Platform, service: string): Promise<void> {
  const context = { operationId: `bench/${Date.now()}`, fencingToken: 1 };
  await platform.scale({ service, replicas: TO, stopGraceMs: 1_000 }, context);
  for (;;) {
    const replicas = (await platform.observe([service]))[service] ?? [];
    if (replicas.length === TO && replicas.every(({ health }) => health === 'healthy')) return;
    await platform.nextChange([service], { timeoutMs: 500 });
  }
}

/** What the engine itself can do: nothing but create, start and its own health events. */
async function bare({ docker, name, service }: BenchProject, concurrency: number): Promise<void> {
  const [listed] = await docker.listContainers({
    filters: { label: [`com.docker.compose.project=${name}`] },
  });
  const original = await docker.getContainer(listed?.Id ?? '').inspect();
  const healthy = healthyCount(docker, name, TO - FROM);
  await healthy.listening;
  const limit = pLimit(concurrency);
  const networks = Object.keys(original.NetworkSettings.Networks);
  await Promise.all(
    Array.from({ length: TO - FROM }, (_, index) =>
      limit(async () => {
        const number = index + FROM + 1;
        const container = await docker.createContainer({
          name: `${name}-${service}-${number}`,
          Image: original.Config.Image,
          Cmd: original.Config.Cmd,
          Healthcheck: original.Config.Healthcheck,
          Labels: { ...original.Config.Labels, 'com.docker.compose.container-number': String(number) },
          HostConfig: original.HostConfig,
          NetworkingConfig: {
            EndpointsConfig: Object.fromEntries(networks.map((network) => [network, { Aliases: [service] }])),
          },
        });
        await container.start();
      }),
    ),
  );
  await healthy.done;
}

function healthyCount(
  docker: Dockerode,
  project: string,
  count: number,
): { listening: Promise<void>; done: Promise<void> } {
  const healthy = new Set<string>();
  let listening = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const done = (async () => {
    const filters = { type: ['container'], label: [`com.docker.compose.project=${project}`] };
    const stream = (await docker.getEvents({
      filters: JSON.stringify(filters) as never,
    })) as NodeJS.ReadableStream & {
      destroy(): void;
    };
    listening();
    let rest = '';
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((text) => text.includes('health_status: healthy'))) {
        healthy.add((JSON.parse(line) as { id: string }).id);
      }
      if (healthy.size >= count) break;
    }
    stream.destroy();
  })();
  return { listening: ready, done };
}

/** The limit is taken at the concurrency that is best on this machine, tried once before the rounds. */
async function bestConcurrency(project: BenchProject, progress: (text: string) => void): Promise<number> {
  const tried: { concurrency: number; ms: number }[] = [];
  for (const concurrency of [4, 8]) {
    const startedAtMs = performance.now();
    await bare(project, concurrency);
    tried.push({ concurrency, ms: performance.now() - startedAtMs });
    await backToOne(project);
  }
  const [best] = tried.toSorted((a, b) => a.ms - b.ms);
  progress(
    `bare calls: ${tried.map(({ concurrency, ms }) => `${ms.toFixed(0)} ms at ${concurrency}`).join(', ')}`,
  );
  return best?.concurrency ?? 8;
}

async function backToOne({ docker, containers }: BenchProject): Promise<void> {
  const found = await containers();
  const surplus = found.filter(({ Labels }) => Labels['com.docker.compose.container-number'] !== '1');
  await Promise.all(surplus.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
}
