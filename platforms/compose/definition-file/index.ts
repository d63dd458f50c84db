import type { AddedService } from '../../../domain/added-service.ts';
import { CrescendoError } from '../../../domain/crescendo-error.ts';
import type { FileDifferences } from '../../../domain/compose-file-operation.ts';
import type { AddedServices, DefinitionChange } from '../../platform.ts';
import { docker } from '../docker-cli.ts';
import { call, type Engine } from '../engine.ts';
import { inspectAll, nameOf } from '../observe.ts';
import { removeReplica } from '../remove.ts';
import { addServicesText } from './add.ts';
import { compareFile } from './compare.ts';
import { changeFile, restoreFile, type TextChange } from './change.ts';
import { editText } from './edit.ts';
import { composeOf, prepareServices, removeOneOffs } from './prepare.ts';

export const editDefinition = (engine: Engine, change: DefinitionChange): Promise<string[]> =>
  changeFile(engine, editOf(change));

export const restoreDefinition = (engine: Engine, change: DefinitionChange): Promise<string[]> =>
  restoreFile(engine, editOf(change));

export const compareDefinition = (
  engine: Engine,
  changes: readonly DefinitionChange[],
): Promise<FileDifferences> => compareFile(engine, changes.map(editOf));

/** Into the file, and up: only these, and nothing that runs is touched. */
export async function addServices(engine: Engine, wanted: AddedServices): Promise<string[]> {
  const facts = await changeFile(engine, additionOf(wanted));
  const names = Object.keys(wanted.added);
  const where = composeOf(engine);
  await prepareServices(engine, wanted);
  const up = ['up', '-d', '--no-deps', '--no-recreate', ...names];
  const ran = await docker([...where, ...up], wanted.signal);
  if (!ran.ok)
    throw new CrescendoError('NotScalable', `docker compose up ${names.join(' ')}: ${ran.reason}`, { names });
  const made = (await inspectAll(engine, names, wanted.signal)).map(nameOf);
  return [...facts, ...made.map((name) => `created ${name}`)];
}

/** Containers first, then their volumes, then the file: what is gone already is as good. */
export async function removeServices(engine: Engine, wanted: AddedServices): Promise<string[]> {
  const { added, stopGraceMs, signal } = wanted;
  await removeOneOffs(engine, Object.keys(added), signal);
  const found = await inspectAll(engine, Object.keys(added), signal);
  for (const container of found) await removeReplica(engine, nameOf(container), stopGraceMs, signal);
  const removed = await removeVolumes(engine, Object.values(added), signal);
  const facts = [...found.map((container) => `removed ${nameOf(container)}`), ...removed];
  return [...facts, ...(await restoreFile(engine, additionOf(wanted)))];
}

async function removeVolumes(
  { docker: engine, spec }: Engine,
  added: readonly AddedService[],
  signal?: AbortSignal,
): Promise<string[]> {
  const wanted = new Set(added.flatMap(({ volumes }) => Object.keys(volumes)));
  const filters = { label: [`com.docker.compose.project=${spec.project}`] };
  const listed = await call(() => engine.listVolumes({ filters }), signal);
  // Older engines say null for none.
  const volumes = (listed.Volumes as typeof listed.Volumes | null) ?? [];
  const own = volumes.filter(({ Labels }) => wanted.has(Labels?.['com.docker.compose.volume'] ?? ''));
  for (const { Name } of own) await call(() => engine.getVolume(Name).remove(), signal);
  return own.map(({ Name }) => `removed volume ${Name}`);
}

const editOf = ({ edits, backup, signal }: DefinitionChange): TextChange => ({
  change: (text) => editText(text, edits),
  about: Object.keys(edits),
  backup,
  ...(signal === undefined ? {} : { signal }),
});

const additionOf = ({ added, backup, signal }: AddedServices): TextChange => ({
  change: (text) => addServicesText(text, added),
  about: Object.keys(added),
  backup,
  ...(signal === undefined ? {} : { signal }),
});
