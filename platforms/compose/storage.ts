import { statfs } from 'node:fs/promises';
import type Dockerode from 'dockerode';
import { known, unknown, type Reading } from '../../domain/reading.ts';
import type { Storage, StorageKind, StorageUse } from '../../domain/storage.ts';
import type { Pruned } from '../platform.ts';
import { abortable, call, type Engine } from './engine.ts';

/** The parts of `GET /system/df` that are used, which the published types leave open. */
interface DiskUsage {
  Images: { Size: number; SharedSize: number; Containers: number }[] | null;
  Containers: { State: string; SizeRw?: number }[] | null;
  Volumes: { UsageData?: { Size: number; RefCount: number } | null }[] | null;
  BuildCache: { Size: number; InUse: boolean }[] | null;
}

interface UsageApi {
  df(options: { abortSignal?: AbortSignal }): Promise<DiskUsage>;
}

/** Checklist 1: `df` and `docker system df`, with what a prune would throw away. */
export async function storage({ docker, spec }: Engine, signal?: AbortSignal): Promise<Storage> {
  const options = abortable(signal);
  const [usage, networks, unusedNetworks, info] = await Promise.all([
    call(() => (docker as unknown as UsageApi).df(options), signal),
    call(() => docker.listNetworks({ filters: { type: ['custom'] }, ...options }), signal),
    call(
      () => docker.listNetworks({ filters: { type: ['custom'], dangling: ['true'] }, ...options }),
      signal,
    ),
    call(() => docker.info() as Promise<{ DockerRootDir?: string }>, signal),
  ]);
  const none: StorageUse = {
    kind: 'networks',
    count: networks.length,
    bytes: 0,
    unusedCount: 0,
    unusedBytes: 0,
  };
  const isRemote = spec.socketPath === undefined && /^tcp:|^ssh:/.test(process.env['DOCKER_HOST'] ?? '');
  return {
    freeBytes: isRemote
      ? unknown('the engine runs on another host', 'host')
      : await freeOn(info.DockerRootDir),
    use: [
      useOf('images', usage.Images ?? [], (image) => ({
        // What images share is freed with the last of them only.
        bytes: Math.max(0, image.Size - Math.max(0, image.SharedSize)),
        unused: image.Containers === 0,
      })),
      useOf('containers', usage.Containers ?? [], ({ State, SizeRw = 0 }) => ({
        bytes: SizeRw,
        unused: State === 'exited' || State === 'created' || State === 'dead',
      })),
      useOf('build cache', usage.BuildCache ?? [], ({ Size, InUse }) => ({ bytes: Size, unused: !InUse })),
      { ...none, unusedCount: unusedNetworks.length },
      useOf('volumes', usage.Volumes ?? [], ({ UsageData }) => ({
        bytes: Math.max(0, UsageData?.Size ?? 0),
        unused: UsageData?.RefCount === 0,
      })),
    ],
  };
}

const useOf = <T>(
  kind: StorageKind,
  items: readonly T[],
  judge: (item: T) => { bytes: number; unused: boolean },
): StorageUse => {
  const judged = items.map(judge);
  const unused = judged.filter((item) => item.unused);
  const sum = (list: typeof judged): number => list.reduce((total, { bytes }) => total + bytes, 0);
  return {
    kind,
    count: items.length,
    bytes: sum(judged),
    unusedCount: unused.length,
    unusedBytes: sum(unused),
  };
};

async function freeOn(folder: string | undefined): Promise<Reading> {
  for (const path of [folder, '/'].filter((path) => path !== undefined)) {
    const stats = await statfs(path).catch(() => undefined);
    if (stats !== undefined) return known(stats.bavail * stats.bsize, `statfs ${path}`);
  }
  return unknown('no file system could be read', 'statfs');
}

interface BuilderApi {
  pruneBuilder(): Promise<PruneAnswer>;
}

interface PruneAnswer {
  SpaceReclaimed?: number;
  ContainersDeleted?: string[] | null;
  ImagesDeleted?: unknown[] | null;
  NetworksDeleted?: string[] | null;
  VolumesDeleted?: string[] | null;
  CachesDeleted?: string[] | null;
}

/** `docker system prune -a` for the kinds that were named, containers first: what they held is unused then. */
export async function prune(
  { docker }: Engine,
  kinds: readonly StorageKind[],
  signal?: AbortSignal,
): Promise<Pruned[]> {
  const pruned: Pruned[] = [];
  for (const kind of ['containers', 'networks', 'volumes', 'images', 'build cache'] as const) {
    if (!kinds.includes(kind)) continue;
    const answer = await call(() => pruneOne(docker, kind), signal);
    const { ContainersDeleted, ImagesDeleted, NetworksDeleted, VolumesDeleted, CachesDeleted } = answer;
    const gone = ContainersDeleted ?? ImagesDeleted ?? NetworksDeleted ?? VolumesDeleted ?? CachesDeleted;
    pruned.push({ kind, count: gone?.length ?? 0, bytes: answer.SpaceReclaimed ?? 0 });
  }
  return pruned;
}

function pruneOne(docker: Dockerode, kind: StorageKind): Promise<PruneAnswer> {
  switch (kind) {
    case 'containers':
      return docker.pruneContainers();
    case 'networks':
      return docker.pruneNetworks();
    case 'volumes':
      return docker.pruneVolumes();
    case 'images':
      // -a: also those with a name that no container uses.
      return docker.pruneImages({ filters: { dangling: ['false'] } });
    case 'build cache':
      return (docker as unknown as BuilderApi).pruneBuilder();
  }
}
