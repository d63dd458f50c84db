import { readConfig } from '../../adapters/nginx/config-file.ts';
import { findUpstream } from '../../adapters/nginx/parse.ts';
import { fail, ok, warn, type DoctorRow } from '../../domain/doctor-row.ts';
import { isUp, type Scene } from './scene.ts';

const timeoutMs = 3_000;

/** Whether nginx runs, knows the upstream, and answers at its URL. */
export async function balancerRows({ catalog, platform, replicas, signal }: Scene): Promise<DoctorRow[]> {
  const { loadBalancer: spec } = catalog;
  if (spec === undefined) return [];
  const [nginx] = (replicas[spec.service] ?? []).filter(isUp);
  if (nginx === undefined) {
    return [
      fail('balancer', `${spec.service} does not run`, `start it: docker compose up -d ${spec.service}`),
    ];
  }
  const balancer = { platform, spec, name: nginx.name, signal };
  const [config, answer] = await Promise.all([
    readConfig(balancer, spec.configFile),
    probe(spec.url, spec.probePath),
  ]);
  return [upstreamRow(config, spec.upstreamName, spec.configFile), answer];
}

function upstreamRow(config: string | undefined, name: string, file: string): DoctorRow {
  const check = `upstream ${name}`;
  if (config === undefined) {
    return warn(
      check,
      `${file} is not there`,
      'the first procedure writes it; check loadBalancer.configFile',
    );
  }
  const upstream = findUpstream(config, name);
  if (upstream === undefined) {
    return fail(check, `${file} has no upstream ${name}`, 'correct loadBalancer.upstreamName or configFile');
  }
  return ok(check, upstream.servers.map(({ address }) => address).join(', '));
}

async function probe(url: string, path: string): Promise<DoctorRow> {
  const where = new URL(path, url).href;
  const change = 'check loadBalancer.url and probePath';
  try {
    const { status } = await fetch(where, { signal: AbortSignal.timeout(timeoutMs) });
    return status < 500
      ? ok('balancer', `${where} answers ${status}`)
      : fail('balancer', `${where} answers ${status}`, change);
  } catch (error) {
    const { message, cause } = error as Error;
    return fail('balancer', `${where}: ${cause instanceof Error ? cause.message : message}`, change);
  }
}
