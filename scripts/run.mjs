#!/usr/bin/env node
/**
 * `node scripts/run.mjs COMMAND [arguments]`: the way into everything from a plain checkout. Plain JavaScript without
 * dependencies, since it installs them when they are missing. The command runs in this very process, so that its
 * arguments, terminal, exit code and signals are its own; nothing is written to stdout here.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureDependencies } from './dependencies.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const oldestNode = [20, 19];
const commands = {
  demo: 'demo/main.ts',
  scenario: 'test/scenarios/run.ts',
  bench: 'bench/run.ts',
  crescendo: 'client/cli/main.ts',
  setup: 'scripts/setup/main.ts',
  test: 'scripts/test/main.ts',
};

const [command = '', ...args] = process.argv.slice(2);
checkNode();
if (!Object.hasOwn(commands, command)) {
  stop(2, `usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments]`);
}
await ensureDependencies(root).catch((error) => stop(1, error.message));
await start(join(root, commands[command]));

async function start(file) {
  const { register } = await import('tsx/esm/api');
  register();
  process.setSourceMapsEnabled(true);
  // Processes that the command starts with this process's options run TypeScript as well.
  process.execArgv.push('--import', import.meta.resolve('tsx'));
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  stop(2, `Crescendo needs Node ${oldestNode.join('.')} or later; this is ${process.version}.`);
}

function stop(code, message) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
