import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Dockerode from 'dockerode';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform } from '../../platforms/platform.ts';
import { baseImages } from '../../scripts/setup/index.ts';
import { openProject, webProject, type ComposeProject } from './compose-project.ts';
import { waitForHealthy } from './contract.ts';

const docker = new Dockerode();

describe('Docker Compose takes the copies as its own', () => {
  let project: ComposeProject;
  let platform: Platform;
  let token = 0;
  beforeAll(async () => {
    project = await openProject(webProject(), 'crescendo-peer');
    await project.compose('up', '-d', '--wait');
    platform = createComposePlatform({ kind: 'compose', project: project.name, composeFile: project.file });
  });
  afterAll(async () => {
    await platform?.close();
    await project?.remove();
  });
  const scaleTo = (replicas: number) => {
    token += 1;
    const context = { operationId: `peer/${token}`, fencingToken: token };
    return platform.scale({ service: 'web', replicas, stopGraceMs: 5_000 }, context);
  };

  it('lists them under the names and numbers that it would have given', async () => {
    await scaleTo(3);
    const lines = (await project.compose('ps', '--format', 'json')).split('\n');
    const listed = lines.map((line) => JSON.parse(line) as { Name: string; Service: string; State: string });
    expect(listed.map(({ Name }) => Name).toSorted()).toEqual(
      [1, 2, 3].map((number) => `${project.name}-web-${number}`),
    );
    expect(listed.every(({ Service, State }) => Service === 'web' && State === 'running')).toBe(true);
  });

  it('re-creates nothing, whichever way it is told to bring them up', async () => {
    const ids = await project.ids('web');
    expect(ids).toHaveLength(3);
    await project.compose('up', '-d', '--scale', 'web=3');
    expect(await project.ids('web')).toEqual(ids);
    await project.compose('up', '-d', '--no-recreate', '--scale', 'web=4');
    expect((await project.ids('web')).slice(0, 3)).toEqual(ids);
    const before = await project.ids('web');
    expect((await scaleTo(5)).created).toEqual([`${project.name}-web-5`]);
    expect((await project.ids('web')).slice(0, 4)).toEqual(before);
    await scaleTo(2);
    await project.compose('up', '-d', '--scale', 'web=2');
    expect(await project.ids('web')).toEqual(ids.slice(0, 2));
  });

  it('finds in them what the compose file says, and nothing of the identity of the first', async () => {
    const [first, copy] = await Promise.all(
      (await project.ids('web')).map((id) => docker.getContainer(id).inspect()),
    );
    if (first === undefined || copy === undefined) throw new Error('two replicas were to be there');
    for (const field of ['Image', 'Cmd', 'Env', 'Healthcheck', 'StopTimeout', 'User'] as const)
      expect(copy.Config[field as keyof typeof copy.Config]).toEqual(
        first.Config[field as keyof typeof first.Config],
      );
    expect(copy.HostConfig).toEqual({ ...first.HostConfig, Binds: copy.HostConfig.Binds });
    expect(copy.HostConfig).toMatchObject({ Privileged: false, CapDrop: ['NET_RAW'], CapAdd: null });
    expect(copy.Config.Hostname).toBe(copy.Id.slice(0, 12));

    const networks = Object.entries(copy.NetworkSettings.Networks);
    expect(networks.map(([network]) => network)).toEqual([`${project.name}_back`, `${project.name}_front`]);
    const aliases = copy.NetworkSettings.Networks[`${project.name}_front`]?.Aliases ?? [];
    expect(aliases).toEqual(expect.arrayContaining(['web', 'web-alias', `${project.name}-web-2`]));
    expect(aliases).not.toContain(`${project.name}-web-1`);
    expect(aliases).not.toContain(first.Config.Hostname);
    for (const [network, { IPAddress, MacAddress }] of networks) {
      const ofFirst = first.NetworkSettings.Networks[network];
      expect([IPAddress, MacAddress]).not.toContain(ofFirst?.IPAddress);
      expect([IPAddress, MacAddress]).not.toContain(ofFirst?.MacAddress);
    }
  });

  it('shares the named volume with the first, and has an anonymous one of its own', async () => {
    const [first, copy] = await Promise.all(
      (await project.ids('web')).map((id) => docker.getContainer(id).inspect()),
    );
    const volume = (info: typeof first, at: string) =>
      info?.Mounts.find(({ Destination }) => Destination === at)?.Name;
    expect(volume(copy, '/shared')).toBe(volume(first, '/shared'));
    expect(volume(copy, '/scratch')).toMatch(/^[0-9a-f]{64}$/);
    expect(volume(copy, '/scratch')).not.toBe(volume(first, '/scratch'));
  });

  it('takes the anonymous volume away with its replica, and leaves the named one', async () => {
    const [, copy] = await project.ids('web');
    const { Mounts } = await docker.getContainer(copy ?? '').inspect();
    const scratch = Mounts.find(({ Destination }) => Destination === '/scratch')?.Name ?? '';
    await scaleTo(1);
    await expect(docker.getVolume(scratch).inspect()).rejects.toMatchObject({ statusCode: 404 });
    expect(await docker.getVolume(`${project.name}_shared`).inspect()).toBeDefined();
  });

  it('lets a replica that goes finish its work first', async () => {
    await scaleTo(2);
    await waitForHealthy({ platform, service: 'web' }, 2);
    const leaving = `${project.name}-web-2`;
    const following = execa('docker', ['logs', '-f', leaving]);
    await scaleTo(1);
    const { stdout } = await following;
    expect(stdout).toMatch(/draining\ndrained$/);
  });

  it('is not asked about a compose file or an image that have changed since: nothing is re-created, copies are as what runs', async () => {
    const [id] = await project.ids('web');
    const before = await docker.getContainer(id ?? '').inspect();
    await project.rewrite(webProject({ memory: '96M', extra: '    hostname: changed' }));
    const result = await scaleTo(2);
    expect(result.created).toHaveLength(1);
    const ids = await project.ids('web');
    expect(ids[0]).toBe(id);
    const copy = await docker.getContainer(ids[1] ?? '').inspect();
    expect([copy.Image, copy.HostConfig.Memory]).toEqual([before.Image, before.HostConfig.Memory]);
  });
});

describe('An image whose tag has moved', () => {
  it('is not what a copy runs: it runs the image of the others', async () => {
    const tag = `crescendo-test-moving:${randomBytes(4).toString('hex')}`;
    await execa('docker', ['tag', baseImages.base, tag]);
    const project = await openProject(webProject({ image: tag }), 'crescendo-moved');
    const platform = createComposePlatform({ kind: 'compose', project: project.name });
    try {
      await project.compose('up', '-d');
      await execa('docker', ['tag', baseImages.node, tag]);
      const context = { operationId: 'moved/1', fencingToken: 1 };
      await platform.scale({ service: 'web', replicas: 2, stopGraceMs: 1_000 }, context);
      const ids = await project.ids('web');
      const [first, copy] = await Promise.all(ids.map((id) => docker.getContainer(id).inspect()));
      expect(copy?.Image).toBe(first?.Image);
      expect(copy?.Image).not.toBe((await docker.getImage(tag).inspect()).Id);
    } finally {
      await platform.close();
      await project.remove();
      await execa('docker', ['rmi', tag]);
    }
  });
});

describe('A project of any name', () => {
  it('is scaled from its compose file when nothing of it runs, and by copies from then on', async () => {
    const yaml = webProject().replaceAll('web:', 'shop_frontend.v2:');
    const project = await openProject(yaml, 'my_shop');
    const platform = createComposePlatform({
      kind: 'compose',
      project: project.name,
      composeFile: project.file,
    });
    const scaleTo = (replicas: number, fencingToken: number) =>
      platform.scale(
        { service: 'shop_frontend.v2', replicas, stopGraceMs: 1_000 },
        { operationId: `shop/${fencingToken}`, fencingToken },
      );
    try {
      expect(await platform.observe(['shop_frontend.v2'])).toEqual({ 'shop_frontend.v2': [] });
      expect((await scaleTo(1, 1)).created).toEqual([`${project.name}-shop_frontend.v2-1`]);
      expect((await scaleTo(2, 2)).created).toEqual([`${project.name}-shop_frontend.v2-2`]);
      expect(await project.ids('shop_frontend.v2')).toHaveLength(2);
    } finally {
      await platform.close();
      await project.remove();
    }
  });

  it('that has no container and names no compose file cannot be scaled, and the error says what to do', async () => {
    const platform = createComposePlatform({ kind: 'compose', project: 'crescendo-nowhere' });
    const scaling = platform.scale(
      { service: 'web', replicas: 2, stopGraceMs: 1_000 },
      { operationId: 'nowhere/1', fencingToken: 1 },
    );
    await expect(scaling).rejects.toMatchObject({
      type: 'NotScalable',
      message: expect.stringContaining('docker compose up -d web'),
    });
  });
});

describe('An engine that does not answer', () => {
  it('is an error that is tried again', async () => {
    const platform = createComposePlatform({
      kind: 'compose',
      project: 'any',
      socketPath: '/nowhere/docker.sock',
    });
    await expect(platform.observe()).rejects.toMatchObject({ type: 'PlatformUnavailable', retryable: true });
    await expect(platform.nextChange(['web'], { timeoutMs: 1_000 })).rejects.toMatchObject({
      type: 'PlatformUnavailable',
    });
  });
});
