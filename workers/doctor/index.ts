import type { Catalog } from '../../domain/catalog.ts';
import { lookAt, type DoctorRow } from '../../domain/doctor-row.ts';
import { createPlatform } from '../platform.ts';
import { balancerRows } from './balancer.ts';
import { composeFileRows } from './compose-file.ts';
import { databaseRows } from './databases.ts';
import { diskRows } from './disk.ts';
import { imageRows } from './images.ts';
import { kafkaRows } from './kafka.ts';
import { memoryRows } from './memory.ts';
import { metricsRows } from './metrics.ts';
import { serviceRows } from './services.ts';

const startEngine = 'start the Docker engine, or name it with platform.socketPath or DOCKER_HOST';

const askEngine = 'ask the engine by hand: docker compose ps';

/** Looks at the ground and at how the catalog fits the platform. Reads only; never throws for what it finds. */
export async function examinePlatform(catalog: Catalog, signal: AbortSignal): Promise<DoctorRow[]> {
  const platform = createPlatform(catalog);
  try {
    const onPlatform = await lookAt('engine', startEngine, async () => {
      const names = Object.keys(catalog.services);
      const [replicas, host] = await Promise.all([
        platform.observe(undefined, signal),
        platform.host(signal),
      ]);
      const scene = { catalog, platform, replicas, host, signal };
      const rows = await Promise.all([
        lookAt('services', askEngine, () => serviceRows(scene, names)),
        lookAt('images', askEngine, () => imageRows(scene)),
        lookAt('metrics', 'check the `metrics` of each service in the catalog', () => metricsRows(scene)),
        lookAt('balancer', 'check loadBalancer.service and configFile', () => balancerRows(scene)),
      ]);
      const engine: DoctorRow = {
        check: 'engine',
        state: 'ok',
        found: `${platform.kind}: ${host.cpus} CPUs, ${(host.memoryBytes / 1024 ** 3).toFixed(1)} GiB`,
      };
      return [engine, ...memoryRows(scene), ...rows.flat()];
    });
    const beside = await Promise.all([
      lookAt('kafka', 'check kafka.brokers, and that the worker’s machine reaches them', () =>
        kafkaRows(catalog, signal),
      ),
      composeFileRows(catalog),
      databaseRows(catalog),
      lookAt('disk', 'look at it by hand: df -h', diskRows),
    ]);
    return [...onPlatform, ...beside.flat()];
  } finally {
    await platform.close();
  }
}
