/** `scale-child.ts PROJECT SERVICE REPLICAS`: scales in a process of its own, for a test that kills it in the middle. */
import { createComposePlatform } from '../../platforms/compose/index.ts';

const [project = '', service = '', replicas = '1'] = process.argv.slice(2);
const platform = createComposePlatform({ kind: 'compose', project });
await platform.scale(
  { service, replicas: Number(replicas), stopGraceMs: 1_000 },
  { operationId: 'killed/1', fencingToken: 1 },
);
