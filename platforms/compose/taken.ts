import type { TakenNames, WantedNames } from '../../domain/taken-names.ts';
import { readDefinition } from './definition.ts';
import { abortable, call, labels, type Engine } from './engine.ts';
import { inspectAll } from './observe.ts';

/** Which of these names the compose file or the engine has already: what is made under one of them would be something else. */
export async function taken(engine: Engine, names: WantedNames, signal?: AbortSignal): Promise<TakenNames> {
  const [definition, own, volumes, containers] = await Promise.all([
    readDefinition(engine, { required: true }, signal),
    inspectAll(engine, [...names.services], signal),
    volumesOf(engine, signal),
    names.containers === undefined ? undefined : containersOf(engine, signal),
  ]);
  const defined = (definition?.services ?? []).map(({ name }) => name);
  const commands = new Map(own.map(({ Config }) => [Config.Labels[labels.service] ?? '', Config.Cmd ?? []]));
  return {
    services: Object.fromEntries(
      names.services
        .filter((name) => defined.includes(name) || commands.has(name))
        .map((name) => [name, commands.get(name) ?? null]),
    ),
    volumes: names.volumes.filter((name) => volumes.includes(name)),
    ...(containers === undefined
      ? {}
      : { containers: (names.containers ?? []).filter((name) => containers.includes(name)) }),
  };
}

/** Also those that Compose did not make: it takes a volume of the name that it would give for its own. */
async function volumesOf({ docker, spec }: Engine, signal?: AbortSignal): Promise<string[]> {
  const { Volumes } = await call(() => docker.listVolumes(), signal);
  // Older engines say null for none.
  const found = (Volumes as typeof Volumes | null) ?? [];
  const prefix = `${spec.project}_`;
  return found.flatMap(({ Name, Labels }) => [
    ...(Name.startsWith(prefix) ? [Name.slice(prefix.length)] : []),
    ...(Labels?.[labels.project] === spec.project ? [Labels['com.docker.compose.volume'] ?? ''] : []),
  ]);
}

async function containersOf({ docker }: Engine, signal?: AbortSignal): Promise<string[]> {
  const listed = await call(() => docker.listContainers({ all: true, ...abortable(signal) }), signal);
  return listed.flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, '')));
}
