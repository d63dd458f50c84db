import { describe, expect, test } from 'vitest';
import { againstTheArrows, arrows } from './arrows.ts';
import { importsOf, sourcesOf } from './imports.ts';

describe('the arrows between the folders', () => {
  test.each(Object.keys(arrows))('%s/ imports only what it may', async (folder) => {
    const sources = await sourcesOf(folder);
    expect(sources.length).toBeGreaterThan(0);
    expect(againstTheArrows(sources.flatMap(({ path, text }) => importsOf(path, text)))).toEqual([]);
  });

  test.each([
    ['domain/plan.ts', `import { loadCatalog } from '../config/load.ts';`],
    ['config/load.ts', `import { observe } from '../platforms/compose/observe.ts';`],
    ['workflows/lease.ts', `import { createActivities } from '../activities/index.ts';`],
    ['workflows/lease.ts', `import {\n  type Activities,\n} from '../activities/contract.ts';`],
    ['activities/scale.ts', `import { runWorker } from '../workers/main.ts';`],
    ['activities/scale.ts', `import { lease } from '../workflows/lease.ts';`],
    ['platforms/compose/scale.ts', `export { readGroups } from '../../adapters/kafka/read-groups.ts';`],
    ['adapters/kafka/lag.ts', `import { openCompose } from '../../platforms/compose/index.ts';`],
    ['client/cli/plan.ts', `import type { Activities } from '../../activities/contract.ts';`],
    ['client/cli/plan.ts', `const { lease } = await import('../../workflows/lease.ts');`],
    ['workers/main.ts', `import { waitFor } from '../test/support/index.ts';`],
  ])('in %s a wrong arrow is found: %s', (path, text) => {
    expect(againstTheArrows(importsOf(path, text))).toHaveLength(1);
  });

  test.each([
    ['workflows/engine/activities.ts', `import type { Activities } from '../../activities/contract.ts';`],
    ['client/start.ts', `import { approveUpdate } from '../workflows/contracts.ts';`],
    ['adapters/logs/read-lines.ts', `import type { Platform } from '../../platforms/platform.ts';`],
    ['platforms/compose/engine.ts', `import Docker from 'dockerode';`],
  ])('in %s a right one is not: %s', (path, text) => {
    expect(againstTheArrows(importsOf(path, text))).toEqual([]);
  });
});
