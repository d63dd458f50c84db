import { CrescendoError } from '../../../domain/crescendo-error.ts';
import type { AddedServices, PreparingCommand } from '../../platform.ts';
import { docker } from '../docker-cli.ts';
import { abortable, call, labels, settled, type Engine } from '../engine.ts';
import { inspectAll } from '../observe.ts';

/** The head of every call of Compose for this project. */
export const composeOf = ({ spec }: Engine): string[] => [
  'compose',
  '-f',
  spec.composeFile ?? '',
  '-p',
  spec.project,
];

/**
 * A service whose container is there has been prepared: it is made after this only. Else everything is done over, since nobody knows how far
 * an attempt came that was killed. Throws PreparationFailed with what the command said.
 */
export async function prepareServices(
  engine: Engine,
  { added, prepare, signal }: AddedServices,
): Promise<void> {
  if (prepare === undefined) return;
  const made = await inspectAll(engine, Object.keys(added), signal);
  const missing = Object.keys(added).filter(
    (name) => !made.some(({ Config }) => Config.Labels[labels.service] === name),
  );
  await removeOneOffs(engine, missing, signal);
  for (const name of missing) for (const command of prepare) await runOnce(engine, name, command, signal);
}

async function runOnce(
  engine: Engine,
  service: string,
  { program, args, user, environment = {} }: PreparingCommand,
  signal?: AbortSignal,
): Promise<void> {
  const asUser = user === undefined ? [] : ['--user', user];
  // Only the names: Docker takes the values from its own environment.
  const variables = Object.keys(environment).flatMap((name) => ['-e', name]);
  const how = ['run', '--rm', '--no-deps', '-T', ...asUser, ...variables, '--entrypoint', program];
  const ran = await docker([...composeOf(engine), ...how, service, ...args], signal, environment);
  if (ran.ok) return;
  throw new CrescendoError('PreparationFailed', `${program} for ${service}: ${ran.reason.slice(-600)}`, {
    service,
    program,
  });
}

/** What is left of an attempt that was killed: it would write into the same volume. */
export async function removeOneOffs(
  { docker: engine, spec }: Engine,
  services: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const label = [`${labels.project}=${spec.project}`, `${labels.oneOff}=True`];
  const query = { all: true, filters: { label }, ...abortable(signal) };
  const listed = await call(() => engine.listContainers(query), signal);
  const own = listed.filter(({ Labels }) => services.includes(Labels[labels.service] ?? ''));
  for (const { Id } of own) {
    const remove = () => engine.getContainer(Id).remove({ force: true, v: true, ...abortable(signal) });
    await settled(remove, [404, 409], signal);
  }
}
