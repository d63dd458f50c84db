import type { Reading } from './reading.ts';
import { known, unknown } from './reading.ts';

/** One line of a scrape. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** Two scrapes of one replica and the time between them. */
export interface ReplicaScrapes {
  before: readonly Sample[];
  after: readonly Sample[];
  windowMs: number;
}

/** What the metrics say of one service. Ratios are 0 to 1. */
export interface ServiceMetrics {
  requestRatePerMinute: Reading;
  errorRate: Reading;
  p95Ms: Reading;
  poolUtilization: Reading;
}

/** What was answered in the window, over all replicas that were read. */
export interface RequestWindow {
  requests: number;
  failed: number;
  ratePerMinute: number;
  /** Cumulative, by upper bound in seconds; sorted, the last one is Infinity. Empty when there is no histogram. */
  buckets: Bucket[];
  /** The highest `_max` of the replicas in seconds, where there is one. */
  maxSeconds: number | undefined;
}

export interface Bucket {
  upperBound: number;
  count: number;
}

const requestTimer = 'http_server_requests_seconds';

/** The key of a series: its name and labels, whatever their order. */
const seriesOf = ({ name, labels }: Sample): string =>
  `${name}{${Object.keys(labels)
    .toSorted()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`)
    .join(',')}}`;

/**
 * Growth of each counter between two scrapes of one replica. A counter that went down was reset by a restart: what it
 * counted since is its growth, as in Prometheus' `increase`. A series that is new grew from 0.
 */
export const increaseOf = (before: readonly Sample[], after: readonly Sample[]): Sample[] => {
  const earlier = new Map(before.map((sample) => [seriesOf(sample), sample.value]));
  return after.map((sample) => {
    const from = earlier.get(seriesOf(sample)) ?? 0;
    return { ...sample, value: sample.value < from ? sample.value : sample.value - from };
  });
};

/** A request that a person or a service made: not one of the actuator's own, which are scrapes and health checks. */
const isTraffic = ({ labels }: Sample): boolean => !(labels['uri'] ?? '').startsWith('/actuator');

/** Failed on the server's side: `outcome="SERVER_ERROR"` or a status of 500 and above. */
const isFailed = ({ labels }: Sample): boolean =>
  labels['outcome'] === 'SERVER_ERROR' || /^5\d\d$/.test(labels['status'] ?? '');

const sum = (samples: readonly Sample[]): number => samples.reduce((total, { value }) => total + value, 0);

/** Merges the windows of all replicas. Rates are added, each over its own window; histograms are added bucket by bucket. */
export const requestWindowOf = (replicas: readonly ReplicaScrapes[]): RequestWindow => {
  const windows = replicas.map(({ before, after, windowMs }) => {
    const traffic = increaseOf(before, after).filter(isTraffic);
    const counts = traffic.filter(({ name }) => name === `${requestTimer}_count`);
    return { traffic, counts, ratePerMinute: windowMs > 0 ? (sum(counts) / windowMs) * 60_000 : 0 };
  });
  const maxima = replicas.flatMap(({ after }) =>
    after.filter((sample) => sample.name === `${requestTimer}_max` && isTraffic(sample)),
  );
  return {
    requests: windows.reduce((total, { counts }) => total + sum(counts), 0),
    failed: windows.reduce((total, { counts }) => total + sum(counts.filter(isFailed)), 0),
    ratePerMinute: windows.reduce((total, window) => total + window.ratePerMinute, 0),
    buckets: mergeBuckets(windows.flatMap(({ traffic }) => traffic)),
    maxSeconds: maxima.length === 0 ? undefined : Math.max(...maxima.map(({ value }) => value)),
  };
};

const mergeBuckets = (samples: readonly Sample[]): Bucket[] => {
  const counts = new Map<number, number>();
  for (const { name, labels, value } of samples) {
    if (name !== `${requestTimer}_bucket` || labels['le'] === undefined) continue;
    const upperBound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
    counts.set(upperBound, (counts.get(upperBound) ?? 0) + value);
  }
  return [...counts]
    .map(([upperBound, count]) => ({ upperBound, count }))
    .toSorted((a, b) => a.upperBound - b.upperBound);
};

/**
 * The q-quantile of a cumulative histogram by linear interpolation within the bucket, as Prometheus' `histogram_quantile`: the first
 * bucket starts at 0, and a rank in the +Inf bucket gives the highest finite bound. `undefined` for an empty
 * histogram and for one without a +Inf bucket.
 */
export const histogramQuantile = (q: number, buckets: readonly Bucket[]): number | undefined => {
  const total = buckets.at(-1);
  if (total === undefined || total.upperBound !== Infinity || total.count === 0) return undefined;
  const rank = q * total.count;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  if (bucket === undefined) return undefined;
  const below = buckets[index - 1];
  if (bucket.upperBound === Infinity) return below?.upperBound;
  if (below === undefined && bucket.upperBound <= 0) return bucket.upperBound;
  const start = below?.upperBound ?? 0;
  const inBucket = bucket.count - (below?.count ?? 0);
  if (inBucket === 0) return bucket.upperBound;
  return start + (bucket.upperBound - start) * ((rank - (below?.count ?? 0)) / inBucket);
};

/** Rate, failures, P95 and pool use of one service from the scrapes of its replicas. */
export const serviceMetricsOf = (replicas: readonly ReplicaScrapes[], source: string): ServiceMetrics => {
  if (replicas.length === 0) return unknownMetrics('no replica answered', source);
  const window = requestWindowOf(replicas);
  return {
    requestRatePerMinute: known(window.ratePerMinute, source),
    errorRate:
      window.requests === 0
        ? unknown('no requests in the window', source)
        : known(window.failed / window.requests, source),
    p95Ms: p95Of(window, source),
    poolUtilization: poolUtilizationOf(replicas, source),
  };
};

export const unknownMetrics = (reason: string, source: string): ServiceMetrics => ({
  requestRatePerMinute: unknown(reason, source),
  errorRate: unknown(reason, source),
  p95Ms: unknown(reason, source),
  poolUtilization: unknown(reason, source),
});

/** From the histogram; where there is none, the timer's MAX, and the source says that it is one. */
const p95Of = (window: RequestWindow, source: string): Reading => {
  if (window.requests === 0) return unknown('no requests in the window', source);
  const quantile = histogramQuantile(0.95, window.buckets);
  if (quantile === undefined) return maximumOf(window.maxSeconds, source);
  const isBeyond = (window.buckets.at(-2)?.count ?? 0) < 0.95 * (window.buckets.at(-1)?.count ?? 0);
  return known(
    quantile * 1000,
    isBeyond ? `${source}, histogram (at least: above its highest bound)` : `${source}, histogram`,
  );
};

const maximumOf = (maxSeconds: number | undefined, source: string): Reading =>
  maxSeconds === undefined
    ? unknown('neither a histogram nor a maximum in the metrics', source)
    : known(maxSeconds * 1000, `${source}, MAX (a decaying maximum, not a P95)`);

/** Busiest of all Hikari pools of all replicas, now: active connections as a ratio of the pool's size. */
export const poolUtilizationOf = (replicas: readonly ReplicaScrapes[], source: string): Reading => {
  const ratios = replicas.flatMap(({ after }) => {
    const sizes = new Map(
      after
        .filter(({ name, value }) => name === 'hikaricp_connections_max' && value > 0)
        .map(({ labels, value }) => [labels['pool'] ?? '', value]),
    );
    return after
      .filter(({ name }) => name === 'hikaricp_connections_active')
      .flatMap(({ labels, value }) => {
        const size = sizes.get(labels['pool'] ?? '');
        return size === undefined ? [] : [value / size];
      });
  });
  return ratios.length === 0
    ? unknown('no connection pool in the metrics', source)
    : known(Math.max(...ratios), source);
};

/** Requests that were answered under exactly this `uri` since the start of the replica. */
export const requestCountOf = (samples: readonly Sample[], uri: string): number =>
  sum(samples.filter(({ name, labels }) => name === `${requestTimer}_count` && labels['uri'] === uri));
