import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptInstall } from './apt.ts';
import { has } from './run.ts';
import { SetupError } from './say.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * The path of a Chromium on the host ($CRESCENDO_CHROMIUM, else from PATH), for the tests that drive the Temporal UI.
 * @throws SetupError where none can be had.
 */
export async function ensureChromium(): Promise<{ chromium: string }> {
  const found = await chromiumHere();
  if (found !== undefined) return { chromium: found };
  const own = process.env['CRESCENDO_CHROMIUM'];
  if (own !== undefined) throw new SetupError(`CRESCENDO_CHROMIUM=${own} is no Chromium that answers`);
  await aptInstall(['chromium'], 'Chromium');
  return { chromium: (await chromiumHere()) ?? '/usr/bin/chromium' };
}

async function chromiumHere(): Promise<string | undefined> {
  const own = process.env['CRESCENDO_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths =
    own === undefined ? folders.flatMap((folder) => names.map((name) => join(folder, name))) : [own];
  for (const path of paths.filter(existsSync)) if (await has(path, '--version')) return path;
  return undefined;
}
