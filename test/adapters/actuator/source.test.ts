import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parsePrometheusText } from '../../../adapters/actuator/parse.ts';
import { actuatorMetrics } from '../../../adapters/actuator/source.ts';
import type { ServiceSpec } from '../../../domain/catalog.ts';
import type { Replica } from '../../../domain/observation.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const serve = async (listener: RequestListener, address = '127.0.0.1', port = 0): Promise<number> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
};

const service = (port: number): ServiceSpec => ({
  name: 'api-gateway',
  tier: 'high',
  priority: 1,
  role: 'gateway',
  replicas: { min: 1, max: 10 },
  metrics: { kind: 'actuator', port, basePath: '/actuator' },
  stopGraceMs: 1_000,
});

const replica = (number: number, more: Partial<Replica> = {}): Replica => ({
  id: `id-${number}`,
  name: `api-gateway-${number}`,
  service: 'api-gateway',
  number,
  state: 'running',
  health: 'healthy',
  createdAtMs: 0,
  restartCount: 0,
  address: `127.0.0.${number}`,
  limits: {},
  ...more,
});

/** As a Spring Boot application with a histogram prints it, at two moments of its life. */
const scrapeText = (
  fast: number,
  slow: number,
  failed: number,
): string => `# HELP http_server_requests_seconds
# TYPE http_server_requests_seconds histogram
http_server_requests_seconds_bucket{exception="None",method="POST",outcome="SUCCESS",status="202",uri="/api/messages",le="0.1"} ${fast}
http_server_requests_seconds_bucket{exception="None",method="POST",outcome="SUCCESS",status="202",uri="/api/messages",le="1.0"} ${fast + slow}
http_server_requests_seconds_bucket{exception="None",method="POST",outcome="SUCCESS",status="202",uri="/api/messages",le="+Inf"} ${fast + slow}
http_server_requests_seconds_count{exception="None",method="POST",outcome="SUCCESS",status="202",uri="/api/messages"} ${fast + slow}
http_server_requests_seconds_count{exception="IOException",method="POST",outcome="SERVER_ERROR",status="500",uri="/api/messages"} ${failed}
http_server_requests_seconds_count{exception="None",method="GET",outcome="SUCCESS",status="200",uri="/actuator/info"} 12
# TYPE hikaricp_connections_active gauge
hikaricp_connections_active{pool="HikariPool-1"} 8.0
hikaricp_connections_max{pool="HikariPool-1"} 10.0
jvm_gc_pause_seconds_max{action="end of \\"minor\\" GC"} NaN
`;

/** Answers each request for the metrics with the next text, and with the last one from then on. */
const texts = (...answers: string[]): RequestListener => {
  let next = 0;
  return (request, response) => {
    if (request.url !== '/actuator/prometheus') return response.writeHead(404).end();
    response.end(answers[Math.min(next, answers.length - 1)]);
    next += 1;
    return response;
  };
};

const metrics = actuatorMetrics({ fetch, timeoutMs: 300 });

describe('the actuator of the replicas', () => {
  it('gives rate, errors, P95 and pool use of the window between two scrapes', async () => {
    const port = await serve(texts(scrapeText(100, 0, 5), scrapeText(180, 10, 15)));
    const read = await metrics.read(service(port), [replica(1)], 200);
    expect(read.errorRate).toMatchObject({ known: true, value: 10 / 100, source: 'actuator' });
    // 90 answered, 80 of them within 100 ms: rank 85.5 lies 5.5 of 10 into 100 to 1000 ms.
    expect(read.p95Ms.known ? read.p95Ms.value : 0).toBeCloseTo(100 + 900 * 0.55, 6);
    expect(read.poolUtilization).toMatchObject({ known: true, value: 0.8 });
    const perMinute = read.requestRatePerMinute.known ? read.requestRatePerMinute.value : 0;
    expect(perMinute).toBeGreaterThan(10_000);
    expect(perMinute).toBeLessThanOrEqual(30_000);
  });

  it('is read from all replicas at once, and says how many answered', async () => {
    const port = await serve(texts(scrapeText(0, 0, 0), scrapeText(10, 0, 0)));
    await serve(texts(scrapeText(0, 0, 0), scrapeText(30, 0, 10)), '127.0.0.2', port);
    const startedAtMs = performance.now();
    const read = await metrics.read(service(port), [replica(1), replica(2), replica(3)], 200);
    expect(performance.now() - startedAtMs).toBeLessThan(900);
    expect(read.errorRate).toEqual({ known: true, value: 0.2, source: 'actuator of 2 of 3 replicas' });
  });

  it('that nobody answers is unknown with the reason', async () => {
    const port = await serve(texts(''));
    const read = await metrics.read(service(port), [replica(9)], 10);
    expect(read.p95Ms).toMatchObject({
      known: false,
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(read.requestRatePerMinute.known).toBe(false);
  });

  it('that hangs is unknown after the time limit', async () => {
    const port = await serve(() => {});
    const read = await metrics.read(service(port), [replica(1)], 10);
    expect(read.p95Ms).toMatchObject({
      known: false,
      reason: 'api-gateway-1 did not answer: no answer in 300 ms',
    });
  });

  it('of a replica without an address, of none that runs, or without a place in the catalog is unknown', async () => {
    const { address: _, ...nowhere } = replica(1);
    expect((await metrics.read(service(1), [nowhere], 10)).p95Ms).toMatchObject({
      known: false,
      reason: expect.stringContaining('no address') as string,
    });
    expect((await metrics.read(service(1), [replica(1, { state: 'exited' })], 10)).p95Ms).toMatchObject({
      reason: 'no replica is running',
    });
    const { metrics: __, ...without } = service(1);
    expect((await metrics.read(without, [replica(1)], 10)).p95Ms).toMatchObject({
      reason: 'the catalog names no metrics',
    });
  });

  it('stops at once when the caller does', async () => {
    const port = await serve(texts(scrapeText(0, 0, 0)));
    const stop = new AbortController();
    const reading = metrics.read(service(port), [replica(1)], 60_000, stop.signal);
    setTimeout(() => stop.abort(), 50);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('that has only JSON gives its MAX, and says that it is one', async () => {
    let total = 10;
    const port = await serve((request, response) => {
      if (request.url?.endsWith('/prometheus') === true) return response.writeHead(404).end();
      const failed = request.url?.includes('tag=outcome:SERVER_ERROR') === true;
      total += failed ? 0 : 10;
      const value = failed ? total / 10 : total;
      return response.end(
        JSON.stringify({
          name: 'http.server.requests',
          measurements: [
            { statistic: 'COUNT', value },
            { statistic: 'TOTAL_TIME', value: 4 },
            { statistic: 'MAX', value: 2.5 },
          ],
        }),
      );
    });
    const read = await metrics.read(service(port), [replica(1)], 50);
    expect(read.p95Ms).toEqual({
      known: true,
      value: 2500,
      source: 'actuator, MAX (a decaying maximum, not a P95)',
    });
    expect(read.errorRate).toMatchObject({ known: true, value: 0.1 });
  });

  it('counts the requests of one path for each replica, and leaves unknown who did not answer', async () => {
    const port = await serve(texts(scrapeText(1, 1, 1)));
    const counts = await metrics.requestCounts(service(port), [replica(1), replica(2)], '/actuator/info');
    expect(counts['api-gateway-1']).toMatchObject({ known: true, value: 12 });
    expect(counts['api-gateway-2']).toMatchObject({ known: false });
  });
});

describe('the Prometheus text format', () => {
  it('is read with escapes, exponents, time stamps and braces in labels', () => {
    const text =
      'a_total{path="C:\\\\x\\n\\"{y},z=\\"",b=""} 1.5e+3 1700000000000\nup 1\n# a comment\n\nnot a line\nnan_gauge NaN\n';
    expect(parsePrometheusText(text)).toEqual([
      { name: 'a_total', labels: { path: 'C:\\x\n"{y},z="', b: '' }, value: 1500 },
      { name: 'up', labels: {}, value: 1 },
    ]);
  });
});
