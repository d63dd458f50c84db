import { chmod, copyFile, mkdir, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { alone, cached } from './cache.ts';
import { goInstall } from './go.ts';
import { run } from './run.ts';
import { say, SetupError } from './say.ts';

/** Later tags carry an `exclude` in their go.mod, which `go install` refuses. */
const version = 'v2.33.0';
const module = `github.com/docker/compose/v2/cmd@${version}`;
/** Without it the program calls itself "dev". */
const named = `-ldflags=-X github.com/docker/compose/v2/internal.Version=${version}`;

/** The `docker compose` plugin, version 2: the one that is there, else built from its Go module into ~/.docker. */
export async function ensureCompose(): Promise<{ version: string }> {
  const present = await composeVersion();
  if (present !== undefined) return { version: present };
  const binary = await cached('bin/docker-compose', (folder) => goInstall(folder, module, 4, named)).catch(
    (error) => {
      throw new SetupError(
        `Docker Compose v2 is missing: install the package docker-compose-plugin. ${error instanceof Error ? error.message : ''}`,
      );
    },
  );
  await alone('compose-plugin', () => plugIn(binary));
  const installed = await composeVersion();
  if (installed === undefined) throw new SetupError(`docker does not take ${binary} as its compose plugin`);
  say(`docker compose ${installed}`);
  return { version: installed };
}

async function composeVersion(): Promise<string | undefined> {
  const asked = await run('docker', ['compose', 'version', '--short'], { timeoutMs: 20_000 });
  return asked.ok && !/^v?1\./.test(asked.stdout) ? asked.stdout : undefined;
}

async function plugIn(binary: string): Promise<void> {
  const folder = join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'cli-plugins');
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `.docker-compose.${process.pid}`);
  await copyFile(binary, partial);
  await chmod(partial, 0o755);
  await rename(partial, join(folder, 'docker-compose'));
}
