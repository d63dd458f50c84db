import { execa } from 'execa';
import { ensureBaseImages, ensureCompose, ensureDocker, baseImages } from '../scripts/setup/index.ts';
import { openProject, type ComposeProject } from '../test/platforms/compose-project.ts';
import { buildAsInstalled } from './as-installed.ts';
import type { Benchmark, BenchOptions, BenchResult } from './benchmark.ts';
import { interleaved, median, round3, timed } from './measure.ts';

const containers = 20;
const busiest = 'message-service';
const services = ['api-gateway', busiest, 'router-service', 'whatsapp-connector'];

/** Services that do a little, so that there is CPU to be measured, and one that does more than its share. */
const yaml = `
services:
${services.map((name) => serviceYaml(name, name === busiest ? 0.02 : 0.2)).join('\n')}
`;

function serviceYaml(name: string, pauseSeconds: number): string {
  return `
  ${name}:
    image: ${baseImages.base}
    init: true
    command: ["busybox", "sh", "-c", "while :; do busybox sleep ${pauseSeconds}; done"]
    deploy:
      replicas: ${containers / services.length}
      resources: { limits: { cpus: '0.05', memory: 32M } }`;
}

/** The runbook's 1.1 over 20 containers: ours in a fresh process against `docker compose ps` and `docker stats --no-stream`. */
export const triage: Benchmark = {
  title: `which of ${containers} containers is short of CPU or memory: ours cold, docker compose ps and docker stats`,
  run: async ({ rounds, progress, signal }) => {
    await ensureDocker();
    await ensureCompose();
    await ensureBaseImages();
    const project = await openProject(yaml, 'crescendo-bench');
    try {
      await project.compose('up', '-d');
      const program = await buildAsInstalled('triage-cold.ts');
      try {
        return await measure({ project, program: program.file, rounds, progress, signal });
      } finally {
        await program.remove();
      }
    } finally {
      await project.remove();
    }
  },
};

interface Measurement extends BenchOptions {
  project: ComposeProject;
  /** What is started for ours. */
  program: string;
}

async function measure({ project, program, rounds, progress, signal }: Measurement): Promise<BenchResult> {
  const ids = (await Promise.all(services.map((service) => project.ids(service)))).flat();
  if (ids.length !== containers) throw new Error(`${ids.length} of ${containers} containers run`);
  const findings = new Set<string>();

  const ours = async (): Promise<void> => {
    const { stdout } = await execa(process.execPath, [program, project.name], { cancelSignal: signal });
    const { measured, bottleneck } = JSON.parse(stdout) as { measured: number; bottleneck: string };
    if (measured !== containers) throw new Error(`${measured} of ${containers} containers were measured`);
    findings.add(bottleneck);
  };
  // Of these containers only: whatever else runs on the machine would make it slower still.
  const peer = async (): Promise<void> => {
    await execa('docker', ['compose', '-f', project.file, '-p', project.name, 'ps'], {
      cancelSignal: signal,
    });
    await execa('docker', ['stats', '--no-stream', ...ids], { cancelSignal: signal });
  };

  const measured = await interleaved(
    rounds,
    { ours: () => timed(ours), peer: () => timed(peer) },
    (way, round, ms) => progress(`round ${round}, ${way}: ${ms.toFixed(0)} ms`),
  );
  progress(`named as the busiest: ${[...findings].join(', ')}`);
  if (findings.size !== 1 || !findings.has(busiest)) throw new Error(`the busiest one is ${busiest}`);
  const [oursMs, peerMs] = [measured.ours, measured.peer].map((ms) => Math.round(median(ms))) as [
    number,
    number,
  ];
  const ratio = oursMs / peerMs;
  return {
    rounds,
    figures: { oursMs, peerMs, ratio: round3(ratio), containers },
    bounds: [{ field: 'ratio', value: ratio, atMost: 0.6 }],
    measured,
  };
}
