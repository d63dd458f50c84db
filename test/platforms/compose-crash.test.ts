import { fileURLToPath } from 'node:url';
import Dockerode from 'dockerode';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform } from '../../platforms/platform.ts';
import { countEvents, recordEvents } from '../scenarios/docker-events.ts';
import { waitFor } from '../support/index.ts';
import { openProject, webProject, type ComposeProject } from './compose-project.ts';
import { waitForHealthy } from './contract.ts';

const docker = new Dockerode();
const child = fileURLToPath(new URL('./scale-child.ts', import.meta.url));
const target = 5;

describe('A process that is killed while it scales', () => {
  let project: ComposeProject;
  let platform: Platform;
  beforeAll(async () => {
    project = await openProject(webProject(), 'crescendo-crash');
    await project.compose('up', '-d', '--wait');
    platform = createComposePlatform({ kind: 'compose', project: project.name });
  });
  afterAll(async () => {
    await platform?.close();
    await project?.remove();
  });
  const scaleTo = (replicas: number) =>
    platform.scale(
      { service: 'web', replicas, stopGraceMs: 1_000 },
      { operationId: 'killed/1', fencingToken: 1 },
    );

  it('leaves what its retry finishes: exact counts, all in all networks, nothing twice', async () => {
    const witness = await recordEvents(docker, project.name);
    const dying = execa(process.execPath, ['--import', 'tsx', child, project.name, 'web', String(target)], {
      reject: false,
    });
    await waitFor(async () => (await project.ids('web')).length > 1, {
      timeoutMs: 15_000,
      what: 'the first copy',
      everyMs: 10,
    });
    dying.kill('SIGKILL');
    expect((await dying).signal).toBe('SIGKILL');
    const left = await project.ids('web');

    const { replicas } = await scaleTo(target);
    expect(replicas.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    const ids = await project.ids('web');
    expect(ids).toHaveLength(target);
    expect(ids).toEqual(expect.arrayContaining(left));
    await waitForHealthy({ platform, service: 'web' }, target);
    await project.compose('up', '-d', '--scale', `web=${target}`);
    expect(await project.ids('web')).toEqual(ids);
    witness.stop();
    expect(countEvents(witness.events)).toEqual({ web: { create: target - 1, start: target - 1 } });
  });

  it('may still be at work while its retry is: both arrive at the same replicas', async () => {
    await scaleTo(1);
    const [first, second] = await Promise.all([scaleTo(4), scaleTo(4)]);
    expect(first.replicas.map(({ id }) => id)).toEqual(second.replicas.map(({ id }) => id));
    expect(await project.ids('web')).toHaveLength(4);
  });

  it('between the creation and the networks leaves a copy that is joined to them by the retry', async () => {
    await scaleTo(1);
    const [id] = await project.ids('web');
    const { Config, HostConfig } = await docker.getContainer(id ?? '').inspect();
    const { Hostname: _hostname, ...config } = Config;
    const name = `${project.name}-web-2`;
    await docker.createContainer({
      ...config,
      name,
      HostConfig,
      Labels: {
        ...Config.Labels,
        'com.docker.compose.container-number': '2',
        'crescendo.operation-id': 'killed/1',
        'crescendo.fencing-token': '1',
      },
    });
    expect((await scaleTo(2)).created).toEqual([]);
    const { State, NetworkSettings } = await docker.getContainer(name).inspect();
    expect(State.Running).toBe(true);
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`${project.name}_back`, `${project.name}_front`]);
  });

  it('does not take the name of a container of somebody else', async () => {
    await scaleTo(1);
    const name = `${project.name}-web-2`;
    const { Config } = await docker.getContainer(`${project.name}-web-1`).inspect();
    const stranger = await docker.createContainer({ name, Image: Config.Image, Cmd: ['busybox', 'true'] });
    try {
      await expect(scaleTo(2)).rejects.toMatchObject({
        type: 'NotScalable',
        message: expect.stringContaining(name),
      });
      expect(await project.ids('web')).toHaveLength(1);
    } finally {
      await stranger.remove({ force: true });
    }
  });
});
