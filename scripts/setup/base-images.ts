import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { aptInstall } from './apt.ts';
import { alone } from './cache.ts';
import { debianMirror } from './debian-mirror.ts';
import { ensureDocker } from './docker.ts';
import { firstThatWorks } from './first-that-works.ts';
import { has, run } from './run.ts';
import { say, SetupError } from './say.ts';

const release = 'bookworm';
const packages = ['ca-certificates', 'libstdc++6', 'busybox-static'];

/** Debian with busybox (`base`), and the same with Node at /usr/local/bin/node (`node`). `apt-get` works in both. */
export interface BaseImages {
  base: string;
  node: string;
}

export const baseImages: BaseImages = { base: `crescendo/base:${release}`, node: 'crescendo/node:20' };

/** The images that demo and tests build on: from a registry where one answers, else made from Debian's own packages. */
export async function ensureBaseImages(): Promise<BaseImages> {
  await ensureDocker();
  if ((await exists(baseImages.base)) && (await exists(baseImages.node))) return baseImages;
  return alone('base-images', async () => {
    if ((await exists(baseImages.base)) && (await exists(baseImages.node))) return baseImages;
    await firstThatWorks('base images', 'Let Docker pull images, or run this on Debian as root.', [
      fromRegistry,
      fromDebian,
    ]);
    return baseImages;
  });
}

const exists = (image: string): Promise<boolean> => has('docker', 'image', 'inspect', image);

async function fromRegistry(): Promise<void> {
  for (const image of [`debian:${release}-slim`, `node:20-${release}-slim`]) await pull(image);
  const install = `RUN apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')} && rm -rf /var/lib/apt/lists/*`;
  await build(baseImages.base, [`FROM debian:${release}-slim`, install]);
  const copyNode = `COPY --from=node:20-${release}-slim /usr/local/bin/node /usr/local/bin/node`;
  await build(baseImages.node, [`FROM ${baseImages.base}`, copyNode]);
}

/** A pull that says nothing for 20 s has no registry behind it; one that makes progress gets its time. */
async function pull(image: string): Promise<void> {
  if (await exists(image)) return;
  say(`pulling ${image}`);
  const pulling = execa('docker', ['pull', image], {
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: 600_000,
  });
  let silence = setTimeout(() => pulling.kill(), 20_000);
  pulling.all.on('data', () => {
    clearTimeout(silence);
    silence = setTimeout(() => pulling.kill(), 60_000);
  });
  const pulled = await pulling;
  clearTimeout(silence);
  if (!pulled.failed) return;
  throw new SetupError(
    `no registry answers for ${image}: ${pulled.all.trim().split('\n').at(-1) ?? 'silence'}`,
  );
}

async function fromDebian(): Promise<void> {
  if (!(await exists(baseImages.base))) await bootstrapDebian();
  await build(
    baseImages.node,
    [`FROM ${baseImages.base}`, 'COPY node /usr/local/bin/node'],
    process.execPath,
  );
  const works = await run('docker', ['run', '--rm', baseImages.node, 'node', '--version']);
  if (works.ok) return;
  await run('docker', ['image', 'rm', baseImages.node]);
  throw new SetupError(`Node of this machine does not run on Debian ${release}: ${works.said}`);
}

async function bootstrapDebian(): Promise<void> {
  const mirror = await debianMirror(release);
  if (mirror === undefined) throw new SetupError(`apt has no source for Debian ${release} here`);
  if (!(await has('debootstrap', '--version'))) await aptInstall(['debootstrap'], 'debootstrap');
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-base-'));
  try {
    say(`debootstrap of Debian ${release} (about 2 min)`);
    const args = ['--variant=minbase', `--include=${packages.join(',')}`, release, folder, mirror];
    const made = await run('debootstrap', args, { timeoutMs: 900_000 });
    if (!made.ok) throw new SetupError(`debootstrap failed:\n${made.said}`);
    // 200 MB pass through: nothing of it is kept here.
    const tarred = execa('tar', ['-C', folder, '-c', '.'], { buffer: false }).pipe('docker', [
      'import',
      '-',
      baseImages.base,
    ]);
    await tarred.catch((error: Error) => {
      throw new SetupError(`docker import failed: ${error.message}`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** With the classic builder, which every engine has; buildx may be absent. */
async function build(tag: string, dockerfile: string[], node?: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-image-'));
  try {
    await writeFile(join(folder, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
    if (node !== undefined) await copyFile(node, join(folder, 'node'));
    const built = await run('docker', ['build', '-t', tag, folder], {
      env: (await has('docker', 'buildx', 'version')) ? {} : { DOCKER_BUILDKIT: '0' },
      timeoutMs: 600_000,
    });
    if (!built.ok) throw new SetupError(`docker build of ${tag} failed:\n${built.said}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
