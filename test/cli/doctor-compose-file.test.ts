import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { composeFileRows } from '../../workers/doctor/compose-file.ts';

const demo = fileURLToPath(new URL('../../demo/docker-compose.yml', import.meta.url));
const rowsFor = (composeFile?: string) =>
  composeFileRows({
    platform: { kind: 'compose', project: 'x', ...(composeFile === undefined ? {} : { composeFile }) },
  });

it('says whether the compose file can be edited', async () => {
  expect(await rowsFor(demo)).toMatchObject([{ state: 'ok' }]);
  expect(await rowsFor(`${demo}.not-there`)).toMatchObject([{ state: 'fail' }]);
  expect(await rowsFor()).toMatchObject([{ state: 'warn' }]);
});

it('has nothing to say of a platform without one', async () => {
  expect(await composeFileRows({ platform: { kind: 'simulated', seed: 1 } })).toEqual([]);
});
