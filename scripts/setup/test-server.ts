import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { firstThatWorks } from './first-that-works.ts';
import { copyJars } from './maven.ts';
import { downloadWithSdk } from './sdk-download.ts';

const version = '1.35.0';
const artifacts = [`io.temporal:temporal-test-server:${version}`, 'org.slf4j:slf4j-nop:1.7.36'];

/** The Temporal test server that skips time: downloaded, else its jars from Maven behind a script of two lines. */
export async function ensureTestServer(): Promise<{ testServer: string }> {
  const folder = await cached(`time-skipping-${version}`, (partial) =>
    firstThatWorks('the time-skipping test server', 'Install a JRE and Maven, then run this again.', [
      () => download(partial),
      () => fromMaven(partial),
    ]),
  );
  return { testServer: join(folder, 'server') };
}

async function download(partial: string): Promise<string> {
  const binary = await downloadWithSdk(partial, 'test-server');
  const folder = join(partial, 'kept');
  await mkdir(folder);
  await rename(binary, join(folder, 'server'));
  return folder;
}

async function fromMaven(partial: string): Promise<string> {
  const libs = await copyJars(partial, artifacts);
  const folder = join(partial, 'kept');
  await mkdir(folder, { recursive: true });
  await rename(libs, join(folder, 'libs'));
  const script = [
    '#!/bin/sh',
    'exec java -Xmx256m -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/libs/*" io.temporal.testserver.TestServer "$@"',
    '',
  ].join('\n');
  await writeFile(join(folder, 'server'), script);
  await chmod(join(folder, 'server'), 0o755);
  return folder;
}
