import { execa } from 'execa';
import { run } from '../scripts/setup/run.ts';
import type { Progress } from './images.ts';

/** A pull that says nothing for this long has no registry behind it; one that makes progress gets its time. */
const firstWordMs = 15_000;
const silenceMs = 60_000;

/** Set at the first pull that no registry answered: the next ones need not wait as well. */
let registryAnswers = true;

/** Whether the image is here, pulled now if need be. `false` when no registry answers. */
export async function pull(image: string, progress: Progress): Promise<boolean> {
  if ((await run('docker', ['image', 'inspect', image])).ok) return true;
  if (!registryAnswers) return false;
  progress(`pulling ${image}`);
  const pulling = execa('docker', ['pull', image], {
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: 900_000,
  });
  let silence = setTimeout(() => pulling.kill(), firstWordMs);
  pulling.all.on('data', () => {
    clearTimeout(silence);
    silence = setTimeout(() => pulling.kill(), silenceMs);
  });
  const pulled = await pulling;
  clearTimeout(silence);
  if (!pulled.failed) return true;
  registryAnswers = false;
  progress(`no registry answers for ${image}: building what stands in its place`);
  return false;
}
