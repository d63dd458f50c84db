import { describe, expect, it } from 'vitest';
import {
  histogramQuantile,
  increaseOf,
  requestCountOf,
  serviceMetricsOf,
  type Bucket,
  type Sample,
} from '../../domain/metrics.ts';

const timer = 'http_server_requests_seconds';
const sample = (name: string, value: number, labels: Record<string, string> = {}): Sample => ({
  name,
  labels,
  value,
});
const count = (value: number, labels: Record<string, string> = {}): Sample =>
  sample(`${timer}_count`, value, { uri: '/api/messages', status: '202', ...labels });
/** Cumulative counts by upper bound in seconds. */
const histogram = (counts: Record<string, number>, labels: Record<string, string> = {}): Sample[] =>
  Object.entries(counts).map(([le, value]) =>
    sample(`${timer}_bucket`, value, { uri: '/api/messages', status: '202', ...labels, le }),
  );
const scrapes = (before: Sample[], after: Sample[], windowMs = 60_000) => ({ before, after, windowMs });

describe('the increase between two scrapes', () => {
  it('is the difference of each series, whatever the order of its labels', () => {
    const before = [sample('c', 5, { a: '1', b: '2' })];
    expect(increaseOf(before, [sample('c', 8, { b: '2', a: '1' })])[0]?.value).toBe(3);
  });

  it('is what was counted since a restart', () => {
    expect(increaseOf([count(1000)], [count(7)])[0]?.value).toBe(7);
  });

  it('is all of a series that is new', () => {
    expect(increaseOf([], [count(4, { status: '500' })])[0]?.value).toBe(4);
  });
});

describe('a quantile of a histogram', () => {
  const buckets = (...pairs: [number, number][]): Bucket[] =>
    pairs.map(([upperBound, cumulated]) => ({ upperBound, count: cumulated }));

  it('is interpolated within its bucket, as by Prometheus', () => {
    // Rank 95 is the 7th of the 8 between 0.5 and 1.
    expect(histogramQuantile(0.95, buckets([0.1, 50], [0.5, 88], [1, 96], [Infinity, 100]))).toBeCloseTo(
      0.9375,
      10,
    );
  });

  it('starts at zero in the first bucket', () => {
    expect(histogramQuantile(0.5, buckets([2, 10], [4, 10], [Infinity, 10]))).toBe(1);
  });

  it('is the highest finite bound when it lies beyond', () => {
    expect(histogramQuantile(0.95, buckets([1, 10], [5, 50], [Infinity, 100]))).toBe(5);
  });

  it('is not there for an empty histogram, none at all, or one without +Inf', () => {
    expect(histogramQuantile(0.95, buckets([1, 0], [Infinity, 0]))).toBeUndefined();
    expect(histogramQuantile(0.95, [])).toBeUndefined();
    expect(histogramQuantile(0.95, buckets([1, 10]))).toBeUndefined();
  });
});

describe('the metrics of a service', () => {
  const merged = serviceMetricsOf(
    [
      scrapes(
        [count(100), ...histogram({ '0.1': 100, '0.5': 100, '+Inf': 100 })],
        [count(160), count(20, { status: '503' }), ...histogram({ '0.1': 150, '0.5': 160, '+Inf': 160 })],
      ),
      scrapes(
        [],
        [count(20, { outcome: 'SUCCESS' }), ...histogram({ '0.1': 0, '0.5': 20, '+Inf': 20 })],
        30_000,
      ),
    ],
    'actuator',
  );

  it('add the rates of the replicas, each over its own window', () => {
    expect(merged.requestRatePerMinute).toEqual({ known: true, value: 80 + 40, source: 'actuator' });
  });

  it('count failures over all replicas', () => {
    expect(merged.errorRate).toMatchObject({ known: true, value: 20 / 100 });
  });

  it('take P95 from the sum of the histograms, in ms', () => {
    // 80 requests, 50 of them in the first bucket: rank 76 lies 26/30 into 100 to 500 ms.
    expect(merged.p95Ms).toMatchObject({ known: true, source: 'actuator, histogram' });
    expect(merged.p95Ms.known ? merged.p95Ms.value : 0).toBeCloseTo(100 + 400 * (26 / 30), 6);
  });

  it('say that P95 is a lower bound when it lies above the highest bucket', () => {
    const { p95Ms } = serviceMetricsOf(
      [scrapes([], [count(10), ...histogram({ '1': 1, '5': 2, '+Inf': 10 })])],
      'actuator',
    );
    expect(p95Ms).toMatchObject({
      value: 5000,
      source: 'actuator, histogram (at least: above its highest bound)',
    });
  });

  it('say so where the source has only a maximum', () => {
    const { p95Ms } = serviceMetricsOf([scrapes([], [count(3), sample(`${timer}_max`, 1.5)])], 'actuator');
    expect(p95Ms).toEqual({
      known: true,
      value: 1500,
      source: 'actuator, MAX (a decaying maximum, not a P95)',
    });
  });

  it('without requests in the window have a rate of zero, and neither P95 nor errors', () => {
    const same = [count(50), ...histogram({ '1': 50, '+Inf': 50 })];
    const metrics = serviceMetricsOf([scrapes(same, same)], 'actuator');
    expect(metrics.requestRatePerMinute).toMatchObject({ known: true, value: 0 });
    expect(metrics.p95Ms).toMatchObject({ known: false, reason: 'no requests in the window' });
    expect(metrics.errorRate).toMatchObject({ known: false, reason: 'no requests in the window' });
  });

  it('leave the scrapes and health checks of the actuator out', () => {
    const metrics = serviceMetricsOf(
      [scrapes([], [count(9, { uri: '/actuator/prometheus' }), count(1)])],
      'actuator',
    );
    expect(metrics.requestRatePerMinute).toMatchObject({ value: 1 });
  });

  it('show the busiest pool of all replicas, and unknown where there is none', () => {
    const pool = (name: string, active: number, max: number) => [
      sample('hikaricp_connections_active', active, { pool: name }),
      sample('hikaricp_connections_max', max, { pool: name }),
    ];
    const metrics = serviceMetricsOf(
      [scrapes([], [...pool('a', 1, 10), ...pool('b', 9, 10)]), scrapes([], pool('a', 5, 10))],
      'actuator',
    );
    expect(metrics.poolUtilization).toMatchObject({ known: true, value: 0.9 });
    expect(serviceMetricsOf([scrapes([], [])], 'actuator').poolUtilization).toMatchObject({ known: false });
  });

  it('are all unknown when no replica answered', () => {
    expect(Object.values(serviceMetricsOf([], 'actuator')).map(({ known }) => known)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

it('requests under one path are counted over all their statuses', () => {
  const samples = [
    count(3, { uri: '/actuator/info' }),
    count(2, { uri: '/actuator/info', status: '503' }),
    count(9),
  ];
  expect(requestCountOf(samples, '/actuator/info')).toBe(5);
});
