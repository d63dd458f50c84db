import { expect, it } from 'vitest';
import { loadCatalog } from '../../config/load.ts';
import { checkChange } from '../../client/check-input.ts';

const { catalog } = await loadCatalog('config/chat4all.yaml');

it('a change of a planned event is checked like an input, every error with its path', () => {
  const change = { by: 'ada', start: 'soon', targets: { nobody: 2, 'api-gateway': 0 } };
  expect(() => checkChange('plannedScaling', change, catalog)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      errors: expect.arrayContaining([
        expect.objectContaining({ path: 'start' }),
        expect.objectContaining({ path: 'targets.api-gateway' }),
        expect.objectContaining({
          path: 'targets.nobody',
          message: expect.stringContaining('no such service'),
        }),
      ]),
    }),
  );
  const later = { by: 'ada', start: '2026-12-01T21:00:00+01:00' };
  expect(checkChange('plannedScaling', later, catalog)).toMatchObject(later);
});

it('a procedure that cannot be changed says which can', () => {
  expect(() => checkChange('emergencyScaling', { by: 'ada' }, catalog)).toThrow(
    'change: emergencyScaling cannot be changed while it runs; these can: plannedScaling',
  );
});
