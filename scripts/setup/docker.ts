import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aptInstall, canInstall } from './apt.ts';
import { alone, cacheFolder } from './cache.ts';
import { has, run } from './run.ts';
import { say, SetupError } from './say.ts';

const startLimitMs = 90_000;
const pidFile = '/var/run/docker.pid';

/**
 * A Docker engine that answers: the one that is there; else, as root on Debian or Ubuntu, one that is installed and
 * started in the background, where it stays.
 */
export async function ensureDocker(): Promise<{ serverVersion: string }> {
  const running = await serverVersion();
  if (running !== undefined) return { serverVersion: running };
  return alone('docker', async () => {
    const meanwhile = await serverVersion();
    return { serverVersion: meanwhile ?? (await start()) };
  });
}

async function serverVersion(): Promise<string | undefined> {
  const asked = await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 15_000 });
  return asked.ok && asked.stdout !== '' ? asked.stdout : undefined;
}

async function start(): Promise<string> {
  if (process.env['DOCKER_HOST'] !== undefined) {
    throw new SetupError(
      `The Docker engine at DOCKER_HOST=${process.env['DOCKER_HOST']} does not answer. Start it, or unset DOCKER_HOST.`,
    );
  }
  if (!(await canInstall())) throw new SetupError(whatToDo());
  if (!(await has('dockerd', '--version')) || !(await has('docker', '--version'))) {
    await aptInstall(['docker.io', 'iptables'], 'a Docker engine');
  }
  // Installing it may have started it; systemd is asked where it runs.
  const log = join(cacheFolder(), 'dockerd.log');
  if (existsSync('/run/systemd/system')) await run('systemctl', ['start', 'docker'], { timeoutMs: 60_000 });
  else if ((await serverVersion()) === undefined) await startDaemon(log);
  const until = Date.now() + startLimitMs;
  while (Date.now() < until) {
    const version = await serverVersion();
    if (version !== undefined) return version;
    await sleep(300);
  }
  throw new SetupError(
    `dockerd was started and does not answer after ${startLimitMs / 1_000} s; its log: ${log}`,
  );
}

async function startDaemon(log: string): Promise<void> {
  say(`starting dockerd in the background (log: ${log})`);
  await mkdir(cacheFolder(), { recursive: true });
  await removeStalePidFile();
  const out = openSync(log, 'a');
  spawn('dockerd', [], { detached: true, stdio: ['ignore', out, out] })
    .on('error', (error) => say(`dockerd: ${error.message}`))
    .unref();
}

/** dockerd does not start when its pid file names a living process, even one that took the number after a crash. */
async function removeStalePidFile(): Promise<void> {
  const pid = (await readFile(pidFile, 'utf8').catch(() => '')).trim();
  if (pid === '') return;
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  if (name.trim() !== 'dockerd') await rm(pidFile, { force: true });
}

function whatToDo(): string {
  const steps =
    process.platform === 'linux'
      ? 'Start it (sudo systemctl start docker), install it (sudo apt-get install docker.io), or run this as root. ' +
        'When it runs already, add yourself to its group: sudo usermod -aG docker $USER, and log in again.'
      : 'Install Docker Desktop, OrbStack or Colima and start it.';
  return `No Docker engine answers. ${steps}`;
}
