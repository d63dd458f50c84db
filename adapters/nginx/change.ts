import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { LoadBalancerSpec } from '../../domain/catalog.ts';
import type { Platform } from '../../platforms/platform.ts';
import { readConfig, type Balancer } from './config-file.ts';
import { hasServers, readMark, renderFile, replaceServers, serverAddresses, type Mark } from './render.ts';
import { haveTakenOver, readWorkers } from './workers.ts';

export interface UpstreamRequest {
  /** Names of the replicas that shall stand in the upstream, and no others: draining is leaving some out. */
  replicas: readonly string[];
  operationId: string;
  fencingToken: number;
  signal?: AbortSignal;
  onProgress?: (sentence: string) => void;
}

/**
 * Makes the upstream of every running nginx replica hold exactly these replicas: the new file is written, tested (`nginx -t`), loaded, and
 * put back byte for byte when nginx refuses it. Does nothing where the servers are right and loaded. A crash at any point is made good
 * by doing it again: the file says whether it was loaded, and the previous one stands beside it.
 * Gives sentences about what was done. Throws UpstreamRejected with nginx's message, StaleFencingToken when a newer holder of the
 * lease has written the file.
 */
export const setUpstream = async (
  platform: Platform,
  spec: LoadBalancerSpec,
  request: UpstreamRequest,
): Promise<string[]> => {
  if (request.replicas.length === 0)
    throw new CrescendoError(
      'UpstreamRejected',
      `the upstream ${spec.upstreamName} needs at least one server`,
    );
  const observed = await platform.observe([spec.service], request.signal);
  const running = (observed[spec.service] ?? []).filter(({ state }) => state === 'running');
  if (running.length === 0)
    throw new CrescendoError('UpstreamRejected', `no replica of ${spec.service} is running`);
  const facts: string[] = [];
  for (const { name } of running) {
    const fact = await setUpstreamOf({ platform, spec, name, signal: request.signal }, request);
    request.onProgress?.(fact);
    facts.push(fact);
  }
  return facts;
};

/** Whether every nginx sends to exactly these replicas, by its file. */
export const hasUpstream = async (
  platform: Platform,
  spec: LoadBalancerSpec,
  replicas: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> => {
  const observed = await platform.observe([spec.service], signal);
  const running = (observed[spec.service] ?? []).filter(({ state }) => state === 'running');
  const servers = serverAddresses(spec, replicas);
  const files = await Promise.all(
    running.map(({ name }) => readConfig({ platform, spec, name, signal }, spec.configFile)),
  );
  return files.every((file) => file !== undefined && hasServers(file, spec.upstreamName, servers));
};

const setUpstreamOf = async (balancer: Balancer, request: UpstreamRequest): Promise<string> => {
  const { spec, name } = balancer;
  const servers = serverAddresses(spec, request.replicas);
  const current = await readConfig(balancer, spec.configFile);
  const mark = current === undefined ? undefined : readMark(current, spec.upstreamName);
  refuseOlderToken(mark, request, spec);
  const isRight = current !== undefined && hasServers(current, spec.upstreamName, servers);
  if (isRight && mark?.pending !== true)
    return `${name} already has ${request.replicas.join(', ')} in ${spec.upstreamName}`;
  const text = (pending: boolean): string => nextConfig(balancer, current, servers, { ...request, pending });
  // What a crashed attempt has written is not worth going back to: what it found is in the backup.
  const previous = mark?.pending === true ? await readConfig(balancer, backupOf(spec)) : current;
  if (mark?.pending !== true && current !== undefined) await write(balancer, backupOf(spec), current);
  await write(balancer, spec.configFile, text(true));
  await loadOrPutBack(balancer, previous);
  await write(balancer, spec.configFile, text(false));
  return `${name} reloaded, ${spec.upstreamName} has ${request.replicas.join(', ')}`;
};

/** Outside of what nginx includes (`*.conf`), beside the file. */
const backupOf = (spec: LoadBalancerSpec): string => `${spec.configFile}.before-crescendo`;

const refuseOlderToken = (
  mark: Mark | undefined,
  { fencingToken }: UpstreamRequest,
  spec: LoadBalancerSpec,
): void => {
  if (mark === undefined || mark.fencingToken <= fencingToken) return;
  throw new CrescendoError(
    'StaleFencingToken',
    `${spec.configFile} was written with the newer fencing token ${mark.fencingToken} by ${mark.operationId}`,
    { ours: fencingToken, seen: mark.fencingToken },
  );
};

const nextConfig = (
  { spec, name }: Balancer,
  current: string | undefined,
  servers: readonly string[],
  { operationId, fencingToken, pending }: Mark,
): string => {
  // The id stands in a comment of a configuration file: nothing in it may end the line.
  const mark = { operationId: operationId.replaceAll(/[^\x21-\x7e]/g, '_'), fencingToken, pending };
  if (current === undefined || current.trim() === '') return renderFile(spec, servers, mark);
  const next = replaceServers(current, spec.upstreamName, servers, mark);
  if (next !== undefined) return next;
  throw new CrescendoError(
    'UpstreamRejected',
    `${spec.configFile} in ${name} has no upstream "${spec.upstreamName}": name the right file and upstream in the catalog's loadBalancer`,
  );
};

const write = async ({ platform, name, signal }: Balancer, path: string, content: string): Promise<void> =>
  platform.writeFile(name, path, content, signal);

const loadOrPutBack = async (balancer: Balancer, previous: string | undefined): Promise<void> => {
  try {
    await load(balancer);
  } catch (error) {
    // Stopped, not refused: whoever comes next finds the mark and goes on from there.
    balancer.signal?.throwIfAborted();
    await putBack(balancer, previous);
    throw error;
  }
};

const load = async (balancer: Balancer): Promise<void> => {
  const before = await readWorkers(balancer);
  await run(balancer, ['nginx', '-t']);
  await run(balancer, ['nginx', '-s', 'reload']);
  if (before === undefined || (await haveTakenOver(balancer, before))) return;
  throw new CrescendoError(
    'UpstreamRejected',
    `nginx in ${balancer.name} took the reload, but its workers still have the previous configuration`,
  );
};

const run = async ({ platform, name, signal }: Balancer, argv: readonly string[]): Promise<void> => {
  const result = await platform.exec(name, argv, {
    timeoutMs: 15_000,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.exitCode === 0) return;
  const said = `${result.stderr}\n${result.stdout}`.trim();
  throw new CrescendoError('UpstreamRejected', `${argv.join(' ')} in ${name}: ${said}`, { nginx: said });
};

const putBack = async (balancer: Balancer, previous: string | undefined): Promise<void> => {
  const { platform, spec, name } = balancer;
  if (previous !== undefined) return write(balancer, spec.configFile, previous);
  await platform.exec(name, ['rm', '-f', spec.configFile]);
};
