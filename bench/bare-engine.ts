import type Dockerode from 'dockerode';
import pLimit from 'p-limit';
import { readLines } from '../platforms/compose/lines.ts';

/**
 * The least that making replicas can cost: create, start and one stream of events, with nothing checked and nothing kept. What the
 * drivers are measured against, not a way to scale.
 */
export function bareEngine(docker: Dockerode, project: string, service: string) {
  const name = (number: number): string => `${project}-${service}-${number}`;

  return {
    /** From one to `target` replicas, until all are healthy. */
    async scaleTo(target: number, concurrency: number): Promise<void> {
      const { Config, HostConfig, NetworkingConfig } = await template();
      const names = Array.from({ length: target - 1 }, (_, at) => name(at + 2));
      const { done } = await watchHealthy(names.length);
      const limit = pLimit(concurrency);
      const made = names.map((name, at) =>
        limit(async () => {
          const Labels = { ...Config.Labels, 'com.docker.compose.container-number': String(at + 2) };
          const container = await docker.createContainer({
            ...Config,
            name,
            Labels,
            HostConfig,
            NetworkingConfig,
          });
          await container.start();
        }),
      );
      await Promise.all(made);
      await done;
    },
    async backToOne(): Promise<void> {
      const label = [`com.docker.compose.project=${project}`];
      const found = await docker.listContainers({ all: true, filters: { label } });
      const surplus = found.filter(({ Labels }) => Labels['com.docker.compose.container-number'] !== '1');
      const limit = pLimit(4);
      await Promise.all(
        surplus.map(({ Id }) => limit(() => docker.getContainer(Id).remove({ force: true, v: true }))),
      );
    },
  };

  async function template() {
    const { Config, HostConfig, NetworkSettings } = await docker.getContainer(name(1)).inspect();
    const { Hostname: _hostname, ...config } = Config;
    const [network = ''] = Object.keys(NetworkSettings.Networks);
    return {
      Config: config,
      HostConfig,
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [service] } } },
    } as {
      Config: typeof Config;
      HostConfig: typeof HostConfig;
      NetworkingConfig: { EndpointsConfig: Record<string, { Aliases: string[] }> };
    };
  }

  /** Listens; `done` resolves when that many containers have become healthy since. */
  async function watchHealthy(count: number): Promise<{ done: Promise<void> }> {
    const filters = {
      type: ['container'],
      label: [`com.docker.compose.project=${project}`],
      event: ['health_status'],
    };
    const events = (await docker.getEvents({
      filters: JSON.stringify(filters) as never,
    })) as NodeJS.ReadableStream & { destroy(): void };
    return { done: countHealthy() };

    async function countHealthy(): Promise<void> {
      const healthy = new Set<string>();
      for await (const line of readLines(events)) {
        const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { ID: string } };
        if (Action === 'health_status: healthy') healthy.add(Actor.ID);
        if (healthy.size === count) break;
      }
      events.destroy();
    }
  }
}
