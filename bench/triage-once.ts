import { createComposePlatform } from '../platforms/compose/index.ts';
import { valueOf } from '../domain/reading.ts';

/** The runbook's 1.1 as one cold process: what runs, and who is hottest by CPU and memory of its limit. */
const platform = createComposePlatform({ kind: 'compose', project: process.argv[2] ?? '' });
const replicas = Object.values(await platform.observe()).flat();
const usage = await platform.stats([...new Set(replicas.map(({ service }) => service))], { windowMs: 1_000 });
const rows = replicas
  .map(({ name, state, health }) => ({
    name,
    state,
    health,
    cpu: valueOf(usage[name]?.cpuOfLimit),
    memory: valueOf(usage[name]?.memoryOfLimit),
  }))
  .toSorted((a, b) => Math.max(b.cpu ?? 0, b.memory ?? 0) - Math.max(a.cpu ?? 0, a.memory ?? 0));
for (const { name, state, health, cpu, memory } of rows) {
  process.stdout.write(`${name}\t${state}\t${health}\t${cpu?.toFixed(3)}\t${memory?.toFixed(3)}\n`);
}
await platform.close();
process.exit(rows.every(({ cpu, memory }) => cpu !== undefined && memory !== undefined) ? 0 : 1);
