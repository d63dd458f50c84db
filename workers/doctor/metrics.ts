import { scrape } from '../../adapters/actuator/scrape.ts';
import type { ActuatorSpec } from '../../domain/catalog.ts';
import { fail, ok, unclear, type DoctorRow } from '../../domain/doctor-row.ts';
import type { Replica } from '../../domain/observation.ts';
import { isUp, type Scene } from './scene.ts';

const timeoutMs = 3_000;

/** The metrics endpoint of each running replica, as a worker on this machine would read it. */
export async function metricsRows({ catalog, replicas, signal }: Scene): Promise<DoctorRow[]> {
  const rows = Object.values(catalog.services).map(async ({ name, metrics }) =>
    metrics === undefined
      ? [unclear(`metrics.${name}`, 'the catalog names no metrics', `add services.${name}.metrics`)]
      : ofReplicas(name, metrics, (replicas[name] ?? []).filter(isUp), signal),
  );
  return (await Promise.all(rows)).flat();
}

async function ofReplicas(
  service: string,
  spec: ActuatorSpec,
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<DoctorRow[]> {
  const answers = await Promise.all(
    replicas.map((replica) =>
      scrape(replica, spec, { fetch, timeoutMs, signal }).then(
        () => undefined,
        (error: Error) => error.message,
      ),
    ),
  );
  const check = `metrics.${service}`;
  const errors = answers.filter((answer) => answer !== undefined);
  if (replicas.length === 0) return [unclear(check, 'no replica runs')];
  if (errors.length === 0) return [ok(check, `${replicas.length} of ${replicas.length} replicas answer`)];
  const change = `check services.${service}.metrics (port ${spec.port}, ${spec.basePath}), and that this machine reaches the replicas`;
  return errors.map((message) => fail(check, message, change));
}
