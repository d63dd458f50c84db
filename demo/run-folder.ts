import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * Where the demo platform lives while it is up: a copy of the compose file, of nginx' configuration (which scaling rewrites), of
 * the catalog, and a .env with its secrets. An operator can `cd` there and use `docker compose` as on any other project.
 */
export interface RunFolder {
  folder: string;
  composeFile: string;
  catalogPath: string;
  envFile: string;
}

/** Git-ignored, under the directory the command was started in. */
export const runFolder = (): RunFolder => {
  const folder = resolve('.crescendo', 'demo');
  return {
    folder,
    composeFile: join(folder, 'docker-compose.yml'),
    catalogPath: join(folder, 'catalog.yaml'),
    envFile: join(folder, '.env'),
  };
};

export interface RunSecrets {
  /** Bearer token of the API. */
  token: string;
  postgresPassword: string;
}

/** Writes the run folder anew. Secrets are generated for each run and readable by their owner only. */
export async function writeRunFolder(images: Record<string, string>): Promise<RunSecrets> {
  const { folder, composeFile, catalogPath, envFile } = runFolder();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(here, 'docker-compose.yml'), composeFile);
  await cp(join(here, 'catalog.yaml'), catalogPath);
  await cp(join(here, 'nginx'), join(folder, 'nginx'), { recursive: true });
  const token = randomBytes(24).toString('hex');
  const postgresPassword = randomBytes(24).toString('hex');
  const variables = { ...images, API_TOKEN: token, POSTGRES_PASSWORD: postgresPassword };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(envFile, lines.join(''), { mode: 0o600 });
  return { token, postgresPassword };
}

/** The secrets of the platform that is up. Throws when none was ever started from here. */
export async function readSecrets(): Promise<RunSecrets> {
  const text = await readFile(runFolder().envFile, 'utf8');
  const [token, postgresPassword] = ['API_TOKEN', 'POSTGRES_PASSWORD'].map(
    (name) => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1],
  );
  if (token === undefined || postgresPassword === undefined)
    throw new Error(`${runFolder().envFile} lacks API_TOKEN or POSTGRES_PASSWORD`);
  return { token, postgresPassword };
}
