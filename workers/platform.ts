import { CrescendoError } from '../domain/crescendo-error.ts';
import type { Catalog } from '../domain/catalog.ts';
import { createComposePlatform } from '../platforms/compose/index.ts';
import type { Platform } from '../platforms/platform.ts';

/** The driver of the catalog's platform. */
export function createPlatform(catalog: Catalog): Platform {
  const { platform } = catalog;
  if (platform.kind === 'compose') return createComposePlatform(platform);
  throw new CrescendoError(
    'InvalidCatalog',
    'platform.kind: a worker runs on compose; simulated is for tests',
    {
      errors: [{ path: 'platform.kind', message: 'a worker runs on compose' }],
    },
  );
}
