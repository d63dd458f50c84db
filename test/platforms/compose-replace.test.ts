import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Dockerode from 'dockerode';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceFileEdit } from '../../domain/compose-file-operation.ts';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform, Replaced } from '../../platforms/platform.ts';
import { baseImages } from '../../scripts/setup/index.ts';
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
  const inspected = (of = name) => docker.getContainer(of).inspect();
  const rooms = async (): Promise<string[]> =>
    (await docker.listNetworks({ filters: { name: [`${project.name}_web_waiting`] } })).map(
      ({ Name }) => Name,
    );
  const logOf = async (of: string): Promise<string> =>
    (await platform.logs(of, {})).map(({ text }) => text).join('\n');

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
    expect(calls).toEqual([[`${name} running`, `${name}-next running`]]);
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
    expect(after.NetworkSettings.Networks[`${project.name}_front`]?.Aliases).toContain('web-alias');
    expect(await rooms()).toEqual([]);
    expect(await replace()).toEqual({ name, startedAtMs, stoppedAtMs });
    expect(await platform.removeReplaced('web', context)).toEqual([`${name}-before`]);
    await project.compose('up', '-d');
    expect((await inspected()).Id).toBe(after.Id);
    expect(await platform.describe('web')).toMatchObject({ isOutdated: false });
  });

  it('waits, started and where nobody finds it, until the one before it has stopped, and comes back by itself later', async () => {
    await platform.restoreDefinition(change);
    await replaceTo({ limits: { cpus: 0.3, memoryBytes: 64 * M }, environment: { GREETING: 'hello' } });
    await platform.removeReplaced('web', context);
    await docker.getContainer(name).update({ MemoryReservation: 0 });
    await platform.editDefinition(change);

    const next = `${name}-next`;
    await replace(async () => {
      expect(Object.keys((await inspected(next)).NetworkSettings.Networks)).toEqual(await rooms());
      // Somebody restarts what they do not know: two servers on one volume would destroy it.
      await docker.getContainer(next).restart({ t: 5 });
      expect(await logOf(next)).not.toContain('Started web');
      expect((await inspected(next)).State.Running).toBe(true);
    });
    const { State } = await inspected(`${name}-before`);
    const [firstLine] = await platform.logs(name, {});
    expect(firstLine?.atMs).toBeGreaterThan(Date.parse(State.FinishedAt));
    await docker.getContainer(name).restart({ t: 1 });
    await waitFor(async () => ((await logOf(name)).match(/Started web/g) ?? []).length === 2, {
      timeoutMs: 10_000,
      what: 'its program to begin again',
    });
    await platform.removeReplaced('web', context);
  });

  it('goes back to the very container that ran before, from wherever the way there ended', async () => {
    await platform.restoreDefinition(change);
    await replaceTo({ limits: { cpus: 0.3, memoryBytes: 64 * M }, environment: { GREETING: 'hello' } });
    await platform.removeReplaced('web', context);
    await docker.getContainer(name).update({ MemoryReservation: 0 });
    const { Id } = await inspected();
    await platform.editDefinition(change);

    await expect(replace(() => Promise.reject(new Error('no checkpoint')))).rejects.toThrow('no checkpoint');
    expect(await names()).toEqual([`${name} running`, `${name}-next running`]);
    expect(await putBack()).toEqual([`${name} was not replaced`]);
    expect(await rooms()).toEqual([]);
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

it('An image without a shell to wait in is started when the one before has stopped, at the same fixed address', async () => {
  const project = await openProject(shellless, 'crescendo-replace');
  const platform = createComposePlatform({
    kind: 'compose',
    project: project.name,
    composeFile: project.file,
  });
  try {
    await project.compose('up', '-d');
    const name = `${project.name}-web-1`;
    const context = { operationId: 'replace/shellless', fencingToken: 1 };
    const edit: ServiceFileEdit = { limits: { memoryBytes: 96 * M } };
    await platform.editDefinition({ edits: { web: edit }, backup: 'copy.shellless' });
    let next: Dockerode.ContainerInspectInfo | undefined;
    await platform.replace(
      {
        service: 'web',
        edit,
        stopGraceMs: 1_000,
        beforeStop: async () => void (next = await docker.getContainer(`${name}-next`).inspect()),
      },
      context,
    );
    expect(next?.State.Status).toBe('created');
    const { HostConfig, NetworkSettings, State } = await docker.getContainer(name).inspect();
    expect(State.Running).toBe(true);
    expect(HostConfig.Memory).toBe(96 * M);
    expect(NetworkSettings.Networks[`${project.name}_default`]?.IPAddress).toBe('10.213.79.9');
    await platform.removeReplaced('web', context);
    await project.compose('up', '-d');
    expect((await docker.getContainer(name).inspect()).State.StartedAt).toBe(State.StartedAt);
  } finally {
    await platform.close();
    await project.remove();
  }
});

const shellless = `
services:
  web:
    image: ${baseImages.base}
    command: ["/bin/sleep", "1000"]
    environment: { PATH: /nowhere }
    stop_grace_period: 1s
    networks: { default: { ipv4_address: 10.213.79.9 } }
    deploy: { resources: { limits: { memory: 64M } } }
networks: { default: { ipam: { config: [{ subnet: 10.213.79.0/24 }] } } }
`;
