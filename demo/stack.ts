import Dockerode from 'dockerode';
import { ensureCompose, ensureDocker, SetupError } from '../scripts/setup/index.ts';
import { run } from '../scripts/setup/run.ts';
import { sendOneMessage } from './front-door.ts';
import { buildImages, type Progress } from './images.ts';
import { takeOwnership } from './owner.ts';
import { freePort } from './processes.ts';
import { readSecrets, runFolder, writeRunFolder, type RunSecrets } from './run-folder.ts';
import { createTopics } from './topics.ts';

/** The demo platform while it is up. */
export interface Stack {
  /** Compose project. */
  project: string;
  /** Run folder: `docker compose` can be used there by hand. */
  folder: string;
  composeFile: string;
  catalogPath: string;
  /** The front door, without a slash at its end. */
  url: string;
  /** Bearer token of its API. */
  token: string;
  kafkaBrokers: string[];
  /** What the references of the catalog mean here, as environment variables of a worker. */
  secrets: Record<string, string>;
}

const project = 'chat4all';
const url = 'http://127.0.0.1:8080';
const kafkaBrokers = ['localhost:29092'];
/** What docker-compose.yml publishes. */
const ports = [8080, 29_092, 55_432, 56_379, 57_017];
const infrastructure = ['kafka', 'redis', 'postgres', 'mongodb'];
const upTimeoutMs = 180_000;

/**
 * Brings the platform up, from nothing and in one call: Docker, images, secrets, topics, containers; returns when all is healthy and
 * a message came from the front door to a connector. A platform that was left up from here is replaced, so that it always begins
 * with one replica each and no backlog. Throws SetupError with what to do, also when another
 * process uses it.
 */
export async function up({ progress = () => {} }: { progress?: Progress } = {}): Promise<Stack> {
  await ensureDocker();
  await ensureCompose();
  await takeOwnership();
  const images = await buildImages(progress);
  await down({ progress });
  await checkPorts();
  const written = await writeRunFolder(images);
  const { token } = written;
  progress('starting Kafka, Redis, PostgreSQL and MongoDB');
  await compose(['up', '-d', '--wait', ...infrastructure]);
  await createTopics(kafkaBrokers);
  progress('starting the services and nginx');
  await compose(['up', '-d', '--wait']);
  progress('sending one message from end to end');
  const { deliveredBy, ms } = await sendOneMessage({ url, token, timeoutMs: 60_000 });
  progress(`the platform is up: ${deliveredBy} delivered the first message after ${ms} ms`);
  return stackOf(written);
}

/** The platform that is up already, or `null`. Makes no change. */
export async function current(): Promise<Stack | null> {
  return (await isUp()) ? stackOf(await readSecrets()) : null;
}

/** Whether the platform runs, started from this folder. */
export async function isUp(): Promise<boolean> {
  const containers = await containersOfProject();
  return containers.some(({ State, Labels }) => State === 'running' && isOurs(Labels));
}

/** Takes the platform down: containers, volumes and network of its project, and nothing else. */
export async function down({ progress = () => {} }: { progress?: Progress } = {}): Promise<void> {
  const containers = await containersOfProject();
  if (containers.length === 0) return;
  const stranger = containers.find(({ Labels }) => !isOurs(Labels));
  if (stranger !== undefined)
    throw new SetupError(
      `A Compose project ${project} runs already, from ${stranger.Labels['com.docker.compose.project.working_dir'] ?? 'elsewhere'} ` +
        `(${stranger.Names[0] ?? stranger.Id}). Take it down there first: it is not this demo's to touch.`,
    );
  await takeOwnership();
  progress('taking the platform down');
  const takeDown = () => compose(['down', '--volumes', '--remove-orphans', '--timeout', '5']);
  try {
    await takeDown();
  } catch {
    // The engine may still hold the endpoint of a container that has just gone, and then keeps the network.
    await takeDown().catch(keepNetwork);
  }

  async function keepNetwork(error: unknown): Promise<void> {
    if ((await containersOfProject()).length > 0) throw error;
    progress(`every container is gone, the engine keeps the network: ${(error as Error).message}`);
  }
}

const stackOf = ({ token, postgresPassword }: RunSecrets): Stack => {
  const { folder, composeFile, catalogPath } = runFolder();
  const secrets = {
    CHAT4ALL_API_TOKEN: token,
    CHAT4ALL_POSTGRES_URL: `postgres://chat4all:${postgresPassword}@127.0.0.1:55432/chat4all`,
    CHAT4ALL_REDIS_URL: 'redis://127.0.0.1:56379',
    CHAT4ALL_MONGODB_URL: 'mongodb://127.0.0.1:57017/chat4all',
  };
  return { project, folder, composeFile, catalogPath, url, token, kafkaBrokers, secrets };
};

const containersOfProject = (): Promise<Dockerode.ContainerInfo[]> =>
  new Dockerode().listContainers({
    all: true,
    filters: { label: [`com.docker.compose.project=${project}`] },
  });

const isOurs = (labels: Record<string, string>): boolean =>
  labels['com.docker.compose.project.working_dir'] === runFolder().folder;

async function compose(args: string[]): Promise<void> {
  const { folder, composeFile } = runFolder();
  const where = ['compose', '--project-directory', folder, '--file', composeFile, '--project-name', project];
  const ran = await run('docker', [...where, ...args], { timeoutMs: upTimeoutMs, cwd: folder });
  if (!ran.ok) throw new SetupError(`docker compose ${args.join(' ')} failed:\n${ran.said}`);
}

async function checkPorts(): Promise<void> {
  const got = await Promise.all(
    ports.map(async (port) => ({ port, isFree: (await freePort(port)) === port })),
  );
  const taken = got.filter(({ isFree }) => !isFree).map(({ port }) => port);
  if (taken.length > 0)
    throw new SetupError(
      `The demo needs port ${taken.join(', ')} on this machine, which something else listens on. Stop that first.`,
    );
}
