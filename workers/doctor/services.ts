import { fail, ok, warn, type DoctorRow } from '../../domain/doctor-row.ts';
import { emergencyTargets, isUp, type Scene } from './scene.ts';

/** Each service: does it run, is it healthy, and may it have more replicas? */
export async function serviceRows(scene: Scene, names: readonly string[]): Promise<DoctorRow[]> {
  const { catalog, platform, signal } = scene;
  const obstacles = await platform.obstacles(names, signal);
  const targets = emergencyTargets(catalog);
  return names.flatMap((name) => {
    const wanted = targets.get(name) ?? 1;
    const max = catalog.services[name]?.replicas.max ?? 1;
    const found = obstacles.filter(({ service }) => service === name);
    return [
      stateOf(scene, name, wanted),
      ...found.map(({ kind, message, remedy }) => {
        const fatal = wanted > 1 || kind === 'not_deployed' || kind === 'missing_image';
        const say = fatal ? fail : max > 1 ? warn : ok;
        return say(`services.${name}`, message, remedy);
      }),
    ];
  });
}

function stateOf({ replicas: all }: Scene, name: string, wanted: number): DoctorRow {
  const check = `services.${name}`;
  const replicas = all[name] ?? [];
  const up = replicas.filter(isUp);
  const aim = wanted > 1 ? `, ${wanted} in an emergency` : '';
  const sick = up.filter(({ health }) => health === 'unhealthy').map((replica) => replica.name);
  if (sick.length > 0) return warn(check, `unhealthy: ${sick.join(', ')}`, 'see its log before it is scaled');
  if (up.length === 0) return warn(check, `no replica runs${aim}`, `start it: docker compose up -d ${name}`);
  if (up.every(({ health }) => health === 'none')) {
    return warn(
      check,
      `${up.length} running, without a health check${aim}`,
      'add a healthcheck: without one a new replica counts as ready as soon as it runs',
    );
  }
  return ok(check, `${up.length} running${aim}`);
}
