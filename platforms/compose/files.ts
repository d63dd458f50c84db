import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, pack, type Header } from 'tar-stream';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { abortable, call, statusOf, type Engine } from './engine.ts';

/** The text of a file in a replica. @throws FileNotFound */
export async function readFile(
  engine: Engine,
  replica: string,
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  return (await readEntry(engine, replica, path, signal)).content.toString('utf8');
}

/** Writes a file; owner and mode are those of the one that it takes the place of, else root's and 0644. */
export async function writeFile(
  engine: Engine,
  replica: string,
  path: string,
  content: string,
  signal?: AbortSignal,
): Promise<void> {
  const found = await findEntry(engine, replica, path, signal);
  const { mode = 0o644, uid = 0, gid = 0 } = found?.header ?? {};
  const target = found?.path ?? path;
  const archive = pack();
  archive.entry({ name: posix.basename(target), mode, uid, gid, mtime: new Date() }, content);
  archive.finalize();
  const body = await buffer(archive);
  const options = { path: posix.dirname(target), ...abortable(signal) };
  await call(() => engine.docker.getContainer(replica).putArchive(body, options), signal);
}

interface Entry {
  /** Where it is when links are followed. */
  path: string;
  header: Header;
  content: Buffer;
}

async function readEntry(
  engine: Engine,
  replica: string,
  path: string,
  signal?: AbortSignal,
): Promise<Entry> {
  const found = await findEntry(engine, replica, path, signal);
  if (found !== undefined) return found;
  throw new CrescendoError('FileNotFound', `${path} is not a file in ${replica}`, { replica, path });
}

/** As many links in a row as the kernel follows. */
const mostLinks = 40;

async function findEntry(
  { docker }: Engine,
  replica: string,
  start: string,
  signal?: AbortSignal,
): Promise<Entry | undefined> {
  let path = start;
  for (let links = 0; links < mostLinks; links += 1) {
    const entry = await firstEntry(docker, replica, path, signal);
    if (entry?.header.type !== 'symlink') return entry?.header.type === 'file' ? entry : undefined;
    path = posix.resolve(posix.dirname(path), entry.header.linkname ?? '');
  }
  return undefined;
}

async function firstEntry(
  docker: Engine['docker'],
  replica: string,
  path: string,
  signal?: AbortSignal,
): Promise<Entry | undefined> {
  const options = { path, ...abortable(signal) };
  let stream: NodeJS.ReadableStream & { destroy(): void };
  try {
    stream = (await call(() => docker.getContainer(replica).getArchive(options), signal)) as typeof stream;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
  const unpack = extract();
  stream.on('error', (error) => unpack.destroy(error)).pipe(unpack);
  try {
    for await (const entry of unpack) return { path, header: entry.header, content: await buffer(entry) };
    return undefined;
  } finally {
    // The engine locks the container for as long as somebody reads: nothing else could be done with it.
    stream.destroy();
  }
}
