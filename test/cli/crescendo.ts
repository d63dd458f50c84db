import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll } from 'vitest';
import { waitFor } from '../support/index.ts';
import { openStage, sharedEnvironment, type Stage } from '../workflows/env.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = await bundledCli();

/** The CLI as JavaScript, built once for a test file: compiling it at each of its starts costs more than the tests. */
async function bundledCli(): Promise<string> {
  const folder = join(root, 'node_modules', '.cache', 'crescendo', `test-cli-${process.pid}-${randomUUID()}`);
  afterAll(() => rm(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [join(root, 'client', 'cli', 'main.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return join(folder, 'main.mjs');
}

export interface Said {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface Cli {
  stage: Stage;
  address: string;
  catalog: string;
  /** Runs `crescendo` as a process of its own to its end, against this stage's server and catalog. */
  crescendo(...args: string[]): Promise<Said>;
  /** The same, not waited for. */
  begin(...args: string[]): Running;
  close(): Promise<void>;
}

/** Nothing of this machine's Temporal configuration reaches the CLI. */
const environment = { TEMPORAL_CONFIG_FILE: join(tmpdir(), 'crescendo-no-temporal.toml'), USER: 'tester' };

/** A process of the CLI. */
export const spawnCli = (args: string[], env: Record<string, string> = {}, cwd = tmpdir()) =>
  execa(process.execPath, [main, ...args], {
    reject: false,
    stdin: 'ignore',
    env: { ...environment, ...env },
    cwd,
  });

export type Running = ReturnType<typeof spawnCli>;

/** The result as the tests read it. */
export const said = async (running: Running): Promise<Said> => {
  const { exitCode, stdout, stderr } = await running;
  return { exitCode: exitCode ?? -1, stdout, stderr };
};

/** A dev server, a worker over the test world, and the world's catalog as a file. */
export async function openCli(): Promise<Cli> {
  const { address } = await sharedEnvironment('dev');
  const stage = await openStage();
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-cli-'));
  const catalog = join(folder, 'crescendo.yaml');
  await writeFile(catalog, catalogText(stage.environment));
  const begin = (...args: string[]) =>
    spawnCli(args, { TEMPORAL_ADDRESS: address, CRESCENDO_CATALOG: catalog }, folder);
  return {
    stage,
    address,
    catalog,
    begin,
    crescendo: (...args) => said(begin(...args)),
    close: async () => {
      await stage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Somebody who sits at a terminal. */
export interface Seat {
  /** Everything that was written so far. */
  screen(): string;
  /** Waits until what was written after `from` matches. */
  shows(what: RegExp, from?: number): Promise<unknown>;
  type(keys: string): void;
  ended(): Promise<number>;
}

/** Runs `crescendo` on a terminal of its own, which `script` of util-linux lends. */
export function onTerminal(cli: Cli, ...args: string[]): Seat {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const running = execa('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    reject: false,
    env: { ...environment, TEMPORAL_ADDRESS: cli.address, CRESCENDO_CATALOG: cli.catalog, TERM: 'xterm' },
  });
  let written = '';
  running.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()));
  return {
    screen: () => written,
    shows: (what, from = 0) =>
      waitFor(() => what.test(written.slice(from)), { timeoutMs: 20_000, what: `${what} on the terminal` }),
    type: (keys) => running.stdin.write(keys),
    ended: async () => (await running).exitCode ?? -1,
  };
}

/** The last line of stdout, as JSON. */
export const lastJson = ({ stdout }: Said): unknown => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');

/** The names of the test world's catalog: the CLI checks an input against them before it is sent. */
const catalogText = (environment: string): string => `
environment: ${environment}
platform: { kind: simulated, seed: 1 }
normalRequestRate: 1000/min
emergency: { steps: [{ service: api-gateway, replicas: 3 }] }
services:
${['api-gateway', 'message-service', 'whatsapp-connector', 'telegram-connector']
  .map(
    (name) =>
      `  ${name}: { tier: high, priority: 1, role: core, replicas: { min: 1, max: 10 }, stopGrace: 1s }`,
  )
  .join('\n')}
`;
