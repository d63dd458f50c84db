import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cached, cacheFolder } from './cache.ts';
import { firstThatWorks } from './first-that-works.ts';
import { goInstall } from './go.ts';
import { run } from './run.ts';
import { downloadWithSdk } from './sdk-download.ts';

/** Later tags carry a `replace` in their go.mod, which `go install` refuses. */
const module = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/** The `temporal` CLI, which is the dev server too: on PATH, from the cache, downloaded, or built from its Go module. */
export async function ensureTemporalCli(): Promise<{ temporal: string }> {
  const kept = join(cacheFolder(), 'bin', 'temporal');
  if (!existsSync(kept) && (await isOnPath())) return { temporal: 'temporal' };
  const temporal = await cached('bin/temporal', (folder) =>
    firstThatWorks('the Temporal CLI', 'Install it as its manual says, so that `temporal` is on PATH.', [
      () => downloadWithSdk(folder, 'dev-server'),
      () => goInstall(folder, module, 8),
    ]),
  );
  return { temporal };
}

/** Server 1.27 is the first whose dev server takes all that the procedures use. */
async function isOnPath(): Promise<boolean> {
  const { ok, stdout } = await run('temporal', ['--version'], { timeoutMs: 20_000 });
  const [, major, minor] = /Server (\d+)\.(\d+)/.exec(stdout) ?? [];
  return ok && (Number(major) > 1 || Number(minor) >= 27);
}
