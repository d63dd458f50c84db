import { basename, dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, pack, type Header } from 'tar-stream';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { call, statusOf, type Engine } from './engine.ts';

/** The text of a file in a replica. @throws FileNotFound */
export async function readFile({ docker }: Engine, replica: string, path: string): Promise<string> {
  return (await readEntry(docker, replica, path)).content.toString('utf8');
}

/** Writes a file with owner and mode of the one it takes the place of. */
export async function writeFile(
  { docker }: Engine,
  replica: string,
  path: string,
  content: string,
): Promise<void> {
  const header = await readEntry(docker, replica, path).then(
    (entry) => entry.header,
    () => undefined,
  );
  const archive = pack();
  archive.entry(
    { name: basename(path), mode: header?.mode ?? 0o644, uid: header?.uid ?? 0, gid: header?.gid ?? 0 },
    content,
  );
  archive.finalize();
  const body = await buffer(archive);
  await call(() => docker.getContainer(replica).putArchive(body, { path: dirname(path) }));
}

async function readEntry(
  docker: Engine['docker'],
  replica: string,
  path: string,
): Promise<{ header: Header; content: Buffer }> {
  let stream: NodeJS.ReadableStream;
  try {
    stream = await call(() => docker.getContainer(replica).getArchive({ path }));
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    throw new CrescendoError('FileNotFound', `${path} is not in ${replica}`, { replica, path });
  }
  const unpack = extract();
  stream.pipe(unpack);
  for await (const entry of unpack) return { header: entry.header, content: await buffer(entry) };
  throw new CrescendoError('FileNotFound', `${path} is not in ${replica}`, { replica, path });
}
