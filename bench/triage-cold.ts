/**
 * `triage-cold.ts PROJECT`: connects, observes, measures and ranks once, as the triage of a procedure does, and prints what
 * it found. A process of its own, so that nothing is warm.
 */
import { valueOf } from '../domain/reading.ts';
import { createComposePlatform } from '../platforms/compose/index.ts';

/** Five of the slices of 100 ms in which the kernel hands out CPU: enough to tell who is short of it. */
const windowMs = 500;

const platform = createComposePlatform({ kind: 'compose', project: process.argv[2] ?? '' });
const observed = await platform.observe();
const usage = await platform.stats(Object.keys(observed), { windowMs });
const ranking = Object.values(observed)
  .flat()
  .flatMap(({ name, service }) => {
    const [cpu, memory] = [valueOf(usage[name]?.cpuOfLimit), valueOf(usage[name]?.memoryOfLimit)];
    return cpu === undefined || memory === undefined ? [] : [{ name, service, cpu, memory }];
  })
  .toSorted((a, b) => Math.max(b.cpu, b.memory) - Math.max(a.cpu, a.memory));
await platform.close();
process.stdout.write(
  `${JSON.stringify({ measured: ranking.length, bottleneck: ranking[0]?.service, ranking: ranking.slice(0, 5) })}\n`,
);
