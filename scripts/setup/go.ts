import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall, canInstall } from './apt.ts';
import { has, run } from './run.ts';
import { say, SetupError } from './say.ts';

/** From this version on Go fetches the toolchain that a module asks for. */
const oldestGo = { major: 1, minor: 21 };

/** Builds a program from its Go module into `folder` and answers the binary's path. */
export async function goInstall(
  folder: string,
  module: string,
  minutes: number,
  ...flags: string[]
): Promise<string> {
  await ensureGo();
  say(`go install ${module} (up to ${minutes} min the first time, seconds with a warm cache)`);
  const built = await run('go', ['install', ...flags, module], {
    env: { GOBIN: folder },
    timeoutMs: 1_800_000,
  });
  if (!built.ok) throw new SetupError(`go install ${module} failed:\n${built.said}`);
  const [binary] = await readdir(folder);
  if (binary === undefined) throw new SetupError(`go install ${module} left no binary`);
  return join(folder, binary);
}

async function ensureGo(): Promise<void> {
  if (!(await has('go', 'version')) && (await canInstall())) {
    await aptInstall(['golang-go'], 'Go');
  }
  const found = await run('go', ['env', 'GOVERSION'], { timeoutMs: 20_000 });
  if (!found.ok)
    throw new SetupError(`Go is missing. Install Go ${oldestGo.major}.${oldestGo.minor} or later.`);
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(found.stdout) ?? [];
  if (Number(major) === oldestGo.major && Number(minor) >= oldestGo.minor) return;
  throw new SetupError(
    `${found.stdout} is too old (on Debian 12 the package golang-go is). Install Go ${oldestGo.major}.${oldestGo.minor} or later.`,
  );
}
