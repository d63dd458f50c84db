import { readFile } from 'node:fs/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { renewActivities } from '../../activities/renew-service.ts';
import type { Dependencies } from '../../activities/index.ts';
import type { Catalog } from '../../domain/catalog.ts';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform } from '../../platforms/platform.ts';
import { openProject, webProject, type ComposeProject } from './compose-project.ts';

const M = 2 ** 20;

describe('Replicas of a Compose service whose definition was edited', () => {
  let project: ComposeProject;
  let platform: Platform;
  let original: string;
  const edits = { web: { replicas: 2, limits: { cpus: 0.3, memoryBytes: 80 * M } } };

  const context = { operationId: 'renew/web', fencingToken: 1 };
  const renew = (): Promise<{ facts: string[] }> => {
    const { renewService } = renewActivities(dependenciesFor(platform));
    const input = { ...context, service: 'web', replicas: 2, drainMs: 0, timeoutMs: 20_000 };
    return new MockActivityEnvironment().run(renewService, input);
  };
  const memoryOf = async (): Promise<unknown[]> =>
    ((await platform.observe(['web']))['web'] ?? []).map(({ limits }) => limits.memoryBytes);
  const idsAfterUp = async (): Promise<string[]> => {
    await project.compose('up', '-d');
    return project.ids('web');
  };

  beforeAll(async () => {
    original = webProject();
    project = await openProject(original, 'crescendo-renew');
    await project.compose('up', '-d');
    platform = createComposePlatform({ kind: 'compose', project: project.name, composeFile: project.file });
  });
  afterAll(async () => {
    await platform?.close();
    await project?.remove();
  });

  it('stay as they are when only the count changed', async () => {
    await platform.editDefinition({ edits: { web: { replicas: 2 } }, backup: 'copy.count' });
    await platform.scale({ service: 'web', replicas: 2, stopGraceMs: 1_000 }, context);
    const before = await project.ids('web');
    expect(await platform.outdated('web')).toEqual([]);
    expect(await renew()).toEqual({ facts: ['web runs as the compose file says: nothing is renewed'] });
    expect(await idsAfterUp()).toEqual(before);
  });

  it('are renewed without a gap, and then `docker compose up -d` changes nothing', async () => {
    await platform.editDefinition({ edits, backup: 'copy.limits' });
    expect(await platform.outdated('web')).toHaveLength(2);
    await vi.waitFor(async () => expect(await healthyIn(project.name)).toBe(2), 20_000);
    const watch = watchHealthy(project.name);
    const { facts } = await renew();
    expect(await watch.stop()).toBeGreaterThanOrEqual(2);
    expect(facts.filter((fact) => fact.startsWith('created'))).toHaveLength(2);
    expect(facts.filter((fact) => fact.startsWith('removed'))).toHaveLength(2);
    expect(await memoryOf()).toEqual([80 * M, 80 * M]);
    expect(await platform.outdated('web')).toEqual([]);
    const before = await project.ids('web');
    expect(await idsAfterUp()).toEqual(before);
  });

  it('go back with the exact bytes of the file, by an attempt that finds the half of another one', async () => {
    await platform.restoreDefinition({ edits, backup: 'copy.limits' });
    await platform.restoreDefinition({ edits: { web: { replicas: 2 } }, backup: 'copy.count' });
    expect(await readFile(project.file, 'utf8')).toBe(original);
    const [first = ''] = await platform.outdated('web');
    await platform.renew({ service: 'web', replicas: 1 }, context);
    const { facts } = await renew();
    expect(facts.filter((fact) => fact.startsWith('created'))).toHaveLength(1);
    expect(facts.join('\n')).toContain(`removed ${first}`);
    expect(await memoryOf()).toEqual([64 * M, 64 * M]);
    await platform.scale({ service: 'web', replicas: 1, stopGraceMs: 1_000 }, context);
    const before = await project.ids('web');
    expect(await idsAfterUp()).toEqual(before);
  });
});

const dependenciesFor = (platform: Platform): Dependencies => {
  const web = {
    name: 'web',
    tier: 'high',
    priority: 1,
    role: 'core',
    replicas: { min: 1, max: 10 },
    startedPattern: 'Started',
    stopGraceMs: 5_000,
  };
  const catalog = { environment: 'test', services: { web }, emergency: { steps: [] } } as unknown as Catalog;
  return {
    loadCatalog: async () => ({ catalog, hash: 'hash' }),
    platform,
    nowMs: Date.now,
    isLeaseCurrent: async () => true,
  } as unknown as Dependencies;
};

async function healthyIn(project: string): Promise<number> {
  const filters = [`label=com.docker.compose.project=${project}`, 'health=healthy'];
  const args = ['ps', '-q', ...filters.flatMap((filter) => ['--filter', filter])];
  const { stdout } = await execa('docker', args);
  return stdout.split('\n').filter((line) => line !== '').length;
}

/** The fewest replicas that were healthy at one time. */
function watchHealthy(project: string): { stop(): Promise<number> } {
  let fewest = Infinity;
  const ended = new AbortController();
  const watched = (async () => {
    while (!ended.signal.aborted) fewest = Math.min(fewest, await healthyIn(project));
  })();
  return {
    stop: async () => {
      ended.abort();
      await watched;
      return fewest;
    },
  };
}
