import { composeFindings } from '../../domain/compose-findings.ts';
import type { ComposeService, ComposeView } from '../../domain/compose-view.ts';
import type { Obstacle } from '../../domain/obstacle.ts';
import { readDefinition } from './definition.ts';
import { labels, type Engine } from './engine.ts';
import { inspectAll, type Container } from './observe.ts';
import { viewOf } from './view.ts';

/**
 * What forbids more than one replica: in the containers that are there, and in the compose file where the catalog names
 * one, since it may have changed since. The rules are those of `doctor --compose`.
 */
export async function obstacles(
  engine: Engine,
  services: readonly string[],
  signal?: AbortSignal,
): Promise<Obstacle[]> {
  const found = await inspectAll(engine, services, signal);
  const containersOf = (service: string): Container[] =>
    found.filter(({ Config }) => Config.Labels[labels.service] === service);
  const required = services.some((service) => containersOf(service).length === 0);
  const defined = await readDefinition(engine, { required }, signal);
  return services.flatMap((service) => {
    const containers = containersOf(service);
    const inFile = defined?.services.find(({ name }) => name === service);
    if (containers.length === 0 && inFile === undefined) return [notDeployed(engine, service)];
    const fromFile = inFile === undefined ? [] : forbidding({ services: [inFile] });
    return withoutRepeats([...fromFile, ...obstaclesOf(engine, service, containers)]);
  });
}

/** The same from the containers of one service alone. */
export const obstaclesOf = (engine: Engine, service: string, containers: readonly Container[]): Obstacle[] =>
  withoutRepeats(
    containers.flatMap((info) => forbidding({ services: [viewOf(engine.spec.project, service, info)] })),
  );

const forbidding = (view: ComposeView & { services: ComposeService[] }): Obstacle[] =>
  composeFindings(view).flatMap(({ severity, kind, service, message, remedy }) =>
    severity === 'forbids' && isObstacle(kind)
      ? [
          {
            service,
            kind,
            message,
            remedy: `${remedy} in the compose file and run \`docker compose up -d ${service}\``,
          },
        ]
      : [],
  );

const kinds = ['container_name', 'fixed_host_port', 'exclusive_volume'] as const;
const isObstacle = (kind: string): kind is (typeof kinds)[number] =>
  (kinds as readonly string[]).includes(kind);

const notDeployed = ({ spec }: Engine, service: string): Obstacle => ({
  service,
  kind: 'not_deployed',
  message:
    spec.composeFile === undefined
      ? `${service} has no container in project ${spec.project}`
      : `${service} has no container in project ${spec.project} and does not stand in ${spec.composeFile}`,
  remedy: `run \`docker compose up -d ${service}\` once, or correct the name in the catalog`,
});

/** One of a kind is enough to act on; the compose file's comes first, where it can be changed. */
const withoutRepeats = (all: readonly Obstacle[]): Obstacle[] =>
  all.filter((one, at) => all.findIndex(({ kind }) => kind === one.kind) === at);
