import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { execa } from 'execa';
import { alternate, type BenchEnd, type BenchOptions } from './measure.ts';
import { openProject } from './project.ts';

const REPLICAS = 20;

/** The runbook's 1.1 over twenty containers: ours as a cold process, against `docker compose ps` and `docker stats --no-stream`. */
export async function triage({ rounds, progress }: BenchOptions): Promise<BenchEnd> {
  const project = await openProject(REPLICAS);
  // Beside the packages, where what is not bundled is found.
  const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'triage-'));
  try {
    // As it is shipped: compiled. A checkout's on-the-fly compiler is not what an operator runs.
    await build({
      entryPoints: [fileURLToPath(new URL('triage-once.ts', import.meta.url))],
      outfile: join(folder, 'triage.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['ssh2', 'cpu-features'],
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    const medians = await alternate(rounds, progress, () => Promise.resolve(), {
      ours: async () => {
        const { stdout } = await execa(process.execPath, [join(folder, 'triage.mjs'), project.name]);
        if (stdout.trim().split('\n').length !== REPLICAS) throw new Error(`not all were seen:\n${stdout}`);
      },
      peer: async () => {
        await project.compose('ps');
        await execa('docker', ['stats', '--no-stream', '--format', '{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}']);
      },
    });
    const ratio = medians.ours / medians.peer;
    return {
      holds: ratio <= 0.6,
      facts: {
        rounds,
        containers: REPLICAS,
        oursMs: Math.round(medians.ours),
        peerMs: Math.round(medians.peer),
        ratio: Number(ratio.toFixed(3)),
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
    await project.close();
  }
}
