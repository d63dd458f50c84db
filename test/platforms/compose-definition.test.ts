import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform } from '../../platforms/platform.ts';
import { baseImages } from '../../scripts/setup/index.ts';
import { openProject, webProject, type ComposeProject } from './compose-project.ts';

describe('The file that defines a Compose project', () => {
  let project: ComposeProject;
  let platform: Platform;
  let original: string;
  const text = (): Promise<string> => readFile(project.file, 'utf8');
  const upChanges = async (): Promise<boolean> => {
    const before = await project.ids('web');
    await project.compose('up', '-d');
    return JSON.stringify(await project.ids('web')) !== JSON.stringify(before);
  };

  beforeAll(async () => {
    original = webProject();
    project = await openProject(original, 'crescendo-file');
    await project.compose('up', '-d');
    platform = createComposePlatform({ kind: 'compose', project: project.name, composeFile: project.file });
  });
  afterAll(async () => {
    await platform?.close();
    await project?.remove();
  });

  it('says how many replicas run, so that `docker compose up -d` afterwards changes nothing', async () => {
    await platform.editDefinition({ edits: { web: { replicas: 3 } }, backup: 'copy.one' });
    const context = { operationId: 'file/one', fencingToken: 1 };
    await platform.scale({ service: 'web', replicas: 3, stopGraceMs: 1_000 }, context);
    expect(await project.ids('web')).toHaveLength(3);
    expect(await upChanges()).toBe(false);
  });

  it('is written once: an attempt that is repeated finds its edit, and its copy with the bytes from before', async () => {
    const again = { edits: { web: { replicas: 3 } }, backup: 'copy.one' };
    expect(await platform.editDefinition(again)).toEqual(['docker-compose.yml already says so of web']);
    expect(await readFile(join(dirname(project.file), 'copy.one'), 'utf8')).toBe(original);
  });

  it('has its exact bytes again after the undo, and then `up -d` changes nothing either', async () => {
    await platform.restoreDefinition({ edits: { web: { replicas: 3 } }, backup: 'copy.one' });
    const context = { operationId: 'file/two', fencingToken: 2 };
    await platform.scale({ service: 'web', replicas: 1, stopGraceMs: 1_000 }, context);
    expect(await text()).toBe(original);
    expect(await upChanges()).toBe(false);
  });

  it('is not touched by an undo when somebody else edited it meanwhile, and what they did is shown', async () => {
    const change = { edits: { web: { replicas: 2 } }, backup: 'copy.two' };
    await platform.editDefinition(change);
    const edited = `${await text()}# by hand\n`;
    await writeFile(project.file, edited);
    await expect(platform.restoreDefinition(change)).rejects.toMatchObject({
      type: 'FileChanged',
      message: expect.stringContaining('+# by hand') as string,
    });
    expect(await text()).toBe(edited);
    await writeFile(project.file, original);
  });

  it('is as before when docker compose does not take the edit', async () => {
    const edits = { web: { limits: { memoryBytes: Number.NaN } } };
    await expect(platform.editDefinition({ edits, backup: 'copy.three' })).rejects.toMatchObject({
      type: 'ComposeFileRejected',
    });
    expect(await text()).toBe(original);
    expect((await readdir(dirname(project.file))).filter((name) => name.endsWith('.crescendo'))).toEqual([]);
  });

  it('takes services beside one that stands, with volumes of their own, and gives them up again', async () => {
    const wanted = {
      added: {
        'web-two': { like: 'web', volumes: { 'web-two-data': '/data' }, environment: { GREETING: 'two' } },
      },
      backup: 'copy.four',
      stopGraceMs: 1_000,
    };
    const before = await project.ids('web');
    const names = { services: ['web', 'web-two'], volumes: ['shared', 'web-two-data'] };
    const taken = await platform.taken(names);
    expect(Object.keys(taken.services)).toEqual(['web']);
    expect(taken.services['web']?.slice(0, 2)).toEqual(['busybox', 'sh']);
    expect(taken.volumes).toEqual(['shared']);
    await platform.addServices(wanted);
    const all = await platform.taken(names);
    expect(Object.keys(all.services)).toEqual(names.services);
    expect(all.volumes).toEqual(names.volumes);
    // Doing it again is doing it once.
    await platform.addServices(wanted);
    expect(await project.ids('web-two')).toHaveLength(1);
    expect(await project.ids('web')).toEqual(before);
    expect(await upChanges()).toBe(false);
    const facts = await platform.removeServices(wanted);
    expect(facts).toContain(`removed volume ${project.name}_web-two-data`);
    expect(await project.ids('web-two')).toEqual([]);
    expect(await text()).toBe(original);
    await platform.removeServices(wanted);
  });

  it('says which volumes and containers go by a name already, also where Compose did not make them', async () => {
    const docker = new Docker();
    const names = {
      services: ['copy'],
      volumes: ['copy-data', 'other-data'],
      containers: [`${project.name}-copy`, `${project.name}-other`],
    };
    const volume = await docker.createVolume({ Name: `${project.name}_copy-data` });
    const container = await docker.createContainer({
      name: `${project.name}-copy`,
      Image: baseImages.base,
      Cmd: ['true'],
    });
    try {
      expect(await platform.taken(names)).toEqual({
        services: {},
        volumes: ['copy-data'],
        containers: [`${project.name}-copy`],
      });
    } finally {
      await container.remove({ force: true });
      await volume.remove();
    }
  });
});
