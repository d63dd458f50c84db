import type { TakenNames } from '../../domain/taken-names.ts';
import { readDefinition } from './definition.ts';
import { call, labels, type Engine } from './engine.ts';
import { inspectAll } from './observe.ts';

/** Which of these names the compose file or the engine has already: what is made under one of them would be something else. */
export async function taken(
  engine: Engine,
  names: { services: readonly string[]; volumes: readonly string[] },
  signal?: AbortSignal,
): Promise<TakenNames> {
  const [definition, containers, volumes] = await Promise.all([
    readDefinition(engine, { required: true }, signal),
    inspectAll(engine, [...names.services], signal),
    volumesOf(engine, signal),
  ]);
  const defined = (definition?.services ?? []).map(({ name }) => name);
  const commands = new Map(
    containers.map(({ Config }) => [Config.Labels[labels.service] ?? '', Config.Cmd ?? []]),
  );
  return {
    services: Object.fromEntries(
      names.services
        .filter((name) => defined.includes(name) || commands.has(name))
        .map((name) => [name, commands.get(name) ?? null]),
    ),
    volumes: names.volumes.filter((name) => volumes.includes(name)),
  };
}

async function volumesOf({ docker, spec }: Engine, signal?: AbortSignal): Promise<string[]> {
  const filters = { label: [`${labels.project}=${spec.project}`] };
  const { Volumes } = await call(() => docker.listVolumes({ filters }), signal);
  // Older engines say null for none.
  const found = (Volumes as typeof Volumes | null) ?? [];
  return found.map(({ Labels }) => Labels?.['com.docker.compose.volume'] ?? '');
}
