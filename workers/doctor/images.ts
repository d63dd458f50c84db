import { fail, ok, type DoctorRow } from '../../domain/doctor-row.ts';
import { call, labels, openEngine, statusOf } from '../../platforms/compose/engine.ts';
import { inspectAll } from '../../platforms/compose/observe.ts';
import type { Scene } from './scene.ts';

/** Whether the engine still has the image of each service: without it a new replica cannot be made. */
export async function imageRows({ catalog, signal }: Scene): Promise<DoctorRow[]> {
  const { platform } = catalog;
  if (platform.kind !== 'compose') return [];
  const engine = openEngine(platform);
  const containers = await inspectAll(engine, Object.keys(catalog.services), signal);
  const serviceOf = new Map(
    containers.map(({ Image, Config }) => [
      Image,
      { image: Config.Image, service: Config.Labels[labels.service] },
    ]),
  );
  const rows = await Promise.all(
    [...serviceOf].map(async ([id, { image, service }]) =>
      (await isThere(() => engine.docker.getImage(id).inspect()))
        ? undefined
        : fail(
            `services.${service}`,
            `the image ${image} of its containers is gone`,
            `docker compose build ${service}, or pull it`,
          ),
    ),
  );
  const missing = rows.filter((row) => row !== undefined);
  return missing.length > 0 ? missing : [ok('images', `${serviceOf.size} images, all there`)];
}

async function isThere(inspect: () => Promise<unknown>): Promise<boolean> {
  try {
    await call(inspect);
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
