import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Dockerode from 'dockerode';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceFileEdit } from '../../domain/compose-file-operation.ts';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform, Replaced } from '../../platforms/platform.ts';
import { waitFor } from '../support/index.ts';
import { openProject, webProject, type ComposeProject } from './compose-project.ts';

const docker = new Dockerode();
const child = fileURLToPath(new URL('./replace-child.ts', import.meta.url));
const M = 2 ** 20;

describe('A container that keeps data and is replaced by the edited file', () => {
  let project: ComposeProject;
  let platform: Platform;
  let original: string;
  let name: string;
  const context = { operationId: 'replace/web', fencingToken: 1 };
  const edit: ServiceFileEdit = {
    limits: { cpus: 0.4, memoryBytes: 96 * M },
    reservations: { memoryBytes: 32 * M },
    environment: { GREETING: 'bye' },
  };
  const change = { edits: { web: edit }, backup: 'copy.replace' };

  const replace = (beforeStop = async () => {}): Promise<Replaced> =>
    platform.replace({ service: 'web', edit, stopGraceMs: 5_000, beforeStop }, context);
  const putBack = (): Promise<string[]> => platform.putBack({ service: 'web', stopGraceMs: 5_000 }, context);
  const names = async (): Promise<string[]> => {
    const all = await docker.listContainers({
      all: true,
      filters: { label: [`com.docker.compose.project=${project.name}`] },
    });
    return all.map(({ Names, State }) => `${Names[0]?.slice(1)} ${State}`).toSorted();
  };
  const scratch = async (): Promise<string> =>
    (await platform.exec(name, ['busybox', 'cat', '/scratch/kept'])).stdout.trim();
  const inspected = () => docker.getContainer(name).inspect();

  beforeAll(async () => {
    original = webProject().replace('cap_drop', 'restart: unless-stopped\n    cap_drop');
    project = await openProject(original, 'crescendo-replace');
    await project.compose('up', '-d');
    platform = createComposePlatform({ kind: 'compose', project: project.name, composeFile: project.file });
    name = `${project.name}-web-1`;
  });
  afterAll(async () => {
    await platform?.close();
    await project?.remove();
  });
  beforeEach(async () => {
    await platform.exec(name, ['busybox', 'sh', '-c', 'echo data > /scratch/kept']);
  });

  it('is the same but for the edit, with its volumes, and `up -d` afterwards changes nothing', async () => {
    const before = await inspected();
    await platform.editDefinition(change);
    expect(await platform.describe('web')).toMatchObject({ name, isOutdated: true });
    const calls: string[][] = [];
    const { stoppedAtMs, startedAtMs } = await replace(async () => void calls.push(await names()));
    expect(calls).toEqual([[`${name} running`, `${name}-next created`]]);
    expect(startedAtMs - (stoppedAtMs ?? 0)).toBeLessThan(5_000);
    expect(await names()).toEqual([`${name} running`, `${name}-before exited`]);
    expect(await scratch()).toBe('data');
    const after = await inspected();
    expect(after.HostConfig).toMatchObject({
      Memory: 96 * M,
      MemoryReservation: 32 * M,
      NanoCpus: 0.4e9,
      RestartPolicy: { Name: 'unless-stopped' },
      CapDrop: before.HostConfig.CapDrop,
    });
    expect(after.Config.Env).toContain('GREETING=bye');
    expect(Object.keys(after.NetworkSettings.Networks)).toEqual(Object.keys(before.NetworkSettings.Networks));
    expect(await replace()).toEqual({ name, startedAtMs, stoppedAtMs });
    expect(await platform.removeReplaced('web', context)).toEqual([`${name}-before`]);
    await project.compose('up', '-d');
    expect((await inspected()).Id).toBe(after.Id);
    expect(await platform.describe('web')).toMatchObject({ isOutdated: false });
  });

  it('goes back to the very container that ran before, from wherever the way there ended', async () => {
    await platform.restoreDefinition(change);
    await replaceTo({ limits: { cpus: 0.3, memoryBytes: 64 * M }, environment: { GREETING: 'hello' } });
    await platform.removeReplaced('web', context);
    await docker.getContainer(name).update({ MemoryReservation: 0 });
    const { Id } = await inspected();
    await platform.editDefinition(change);

    await expect(replace(() => Promise.reject(new Error('no checkpoint')))).rejects.toThrow('no checkpoint');
    expect(await names()).toEqual([`${name} running`, `${name}-next created`]);
    expect(await putBack()).toEqual([`${name} was not replaced`]);
    expect(await names()).toEqual([`${name} running`]);

    await replace();
    expect(await putBack()).toEqual([`${name} is the container that ran before`]);
    expect(await names()).toEqual([`${name} running`]);
    expect((await inspected()).Id).toBe(Id);
    expect((await inspected()).HostConfig.RestartPolicy).toMatchObject({ Name: 'unless-stopped' });
    expect(await scratch()).toBe('data');
    expect(await putBack()).toEqual([`${name} was not replaced`]);
    await platform.restoreDefinition(change);
    expect(await readFile(project.file, 'utf8')).toBe(original);
  });

  it('is finished by whoever comes after a process that was killed between its stop and its start', async () => {
    await platform.editDefinition(change);
    const dying = execa(
      process.execPath,
      ['--import', 'tsx', child, project.name, project.file, `${96 * M}`],
      {
        reject: false,
      },
    );
    await waitFor(async () => (await names()).some((entry) => entry.startsWith(`${name}-before`)), {
      timeoutMs: 15_000,
      what: 'the old one to step aside',
      everyMs: 5,
    });
    dying.kill('SIGKILL');
    expect((await dying).signal).toBe('SIGKILL');
    await replace();
    expect(await names()).toEqual([`${name} running`, `${name}-before exited`]);
    expect(await scratch()).toBe('data');
    await putBack();
    await platform.restoreDefinition(change);
    expect(await names()).toEqual([`${name} running`]);
  });

  const replaceTo = (wanted: ServiceFileEdit): Promise<Replaced> =>
    platform.replace(
      { service: 'web', edit: wanted, stopGraceMs: 5_000, beforeStop: () => Promise.resolve() },
      context,
    );
});
