import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform } from '../../platforms/platform.ts';
import { baseImages } from '../../scripts/setup/index.ts';
import { freePort } from '../support/index.ts';
import { openProject, type ComposeProject } from './compose-project.ts';

const service = (name: string, more: string): string => `
  ${name}:
    image: ${baseImages.base}
    init: true
    command: ["busybox", "sleep", "600"]
${more}`;

describe('What forbids more than one replica', () => {
  let project: ComposeProject;
  let platform: Platform;
  let yaml = '';
  beforeAll(async () => {
    const port = await freePort();
    const fixedName = `crescendo-fixed-${port}`;
    yaml = `
services:
${service('named', `    container_name: ${fixedName}`)}
${service('published', `    ports: ["127.0.0.1:${port}:80"]`)}
${service('data', '    volumes: ["data:/var/lib/postgresql/data"]')}
${service('free', '    ports: ["80"]\n    volumes: ["shared:/shared"]')}
${service('later', '')}
volumes: { data: {}, shared: {} }
`;
    project = await openProject(yaml, 'crescendo-obstacles');
    await project.compose('up', '-d');
    platform = createComposePlatform({ kind: 'compose', project: project.name });
  });
  afterAll(async () => {
    await platform?.close();
    await project?.remove();
  });
  const scale = (name: string, replicas: number) =>
    platform.scale(
      { service: name, replicas, stopGraceMs: 1_000 },
      { operationId: `obstacles/${name}`, fencingToken: 1 },
    );

  it('is found in the running containers, with what to change', async () => {
    const found = await platform.obstacles(['named', 'published', 'data', 'free']);
    expect(found.map(({ service, kind }) => [service, kind])).toEqual([
      ['named', 'container_name'],
      ['published', 'fixed_host_port'],
      ['data', 'exclusive_volume'],
    ]);
    expect(found.every(({ remedy }) => remedy !== '')).toBe(true);
    expect(found[0]?.remedy).toContain('remove container_name');
  });

  it('is refused before anything is made', async () => {
    for (const name of ['named', 'published', 'data']) {
      await expect(scale(name, 2)).rejects.toMatchObject({ type: 'NotScalable' });
      expect(await project.ids(name)).toHaveLength(1);
    }
    await expect(scale('free', 2)).resolves.toMatchObject({ created: [expect.stringMatching(/-free-2$/)] });
  });

  it('is found in the compose file too, where it has changed since', async () => {
    const withFile = createComposePlatform({
      kind: 'compose',
      project: project.name,
      composeFile: project.file,
    });
    expect(await withFile.obstacles(['later'])).toEqual([]);
    await project.rewrite(yaml.replace('  later:\n', '  later:\n    container_name: crescendo-later\n'));
    expect(await withFile.obstacles(['later', 'nobody'])).toMatchObject([
      { service: 'later', kind: 'container_name' },
      { service: 'nobody', kind: 'not_deployed' },
    ]);
    await project.rewrite('services: [');
    expect(await withFile.obstacles(['later'])).toEqual([]);
    await expect(withFile.obstacles(['nobody'])).rejects.toMatchObject({ type: 'InvalidCatalog' });
    await project.rewrite(yaml);
    await withFile.close();
  });
});
