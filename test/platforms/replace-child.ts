/** `replace-child.ts PROJECT FILE MEMORY_BYTES`: replaces in a process of its own, for a test that kills it in the middle. */
import { createComposePlatform } from '../../platforms/compose/index.ts';

const [project = '', composeFile = '', memoryBytes = '0'] = process.argv.slice(2);
const platform = createComposePlatform({ kind: 'compose', project, composeFile });
await platform.replace(
  {
    service: 'web',
    edit: { limits: { memoryBytes: Number(memoryBytes) } },
    stopGraceMs: 5_000,
    beforeStop: () => Promise.resolve(),
  },
  { operationId: 'replace/killed', fencingToken: 1 },
);
