import { Histogram, type Registry } from 'prom-client';

export interface RequestTags {
  method: string;
  uri: string;
  status: string;
  outcome: string;
}

interface Totals {
  tags: RequestTags;
  count: number;
  seconds: number;
}

/** What Spring calls the timer `http.server.requests`: its histogram for Prometheus and its JSON for the actuator. */
export interface RequestTimer {
  observe: (tags: RequestTags, seconds: number) => void;
  /** The actuator's JSON, narrowed to requests that have all of the `tags`. `null` when there is none. */
  toJson: (tags: Partial<RequestTags>) => object | null;
}

const name = 'http_server_requests_seconds';
const bucketsSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 20, 30,
];
const labelNames = ['method', 'uri', 'status', 'outcome'] as const;

export const createRequestTimer = (registry: Registry): RequestTimer => {
  const histogram = new Histogram({
    name,
    help: 'Requests that were answered',
    labelNames,
    buckets: bucketsSeconds,
    registers: [registry],
  });
  const totals = new Map<string, Totals>();
  const maximum = decayingMaximum();

  return {
    observe: (tags, seconds) => {
      histogram.observe({ ...tags }, seconds);
      const key = Object.values(tags).join(' ');
      const entry = totals.get(key) ?? { tags, count: 0, seconds: 0 };
      entry.count += 1;
      entry.seconds += seconds;
      totals.set(key, entry);
      maximum.observe(key, seconds);
    },
    toJson: (wanted) => {
      const chosen = [...totals].filter(([, { tags }]) => matches(tags, wanted));
      if (chosen.length === 0) return null;
      const entries = chosen.map(([, entry]) => entry);
      const measurements = [
        { statistic: 'COUNT', value: entries.reduce((sum, { count }) => sum + count, 0) },
        { statistic: 'TOTAL_TIME', value: entries.reduce((sum, { seconds }) => sum + seconds, 0) },
        { statistic: 'MAX', value: Math.max(0, ...chosen.map(([key]) => maximum.of(key))) },
      ];
      const availableTags = labelNames.map((tag) => ({
        tag,
        values: [...new Set(entries.map(({ tags }) => tags[tag]))],
      }));
      return { name: 'http.server.requests', baseUnit: 'seconds', measurements, availableTags };
    },
  };
};

const matches = (tags: RequestTags, wanted: Partial<RequestTags>): boolean =>
  labelNames.every((tag) => wanted[tag] === undefined || wanted[tag] === tags[tag]);

/** As Micrometer's: the maximum of the last one to two minutes, not of all time. */
const decayingMaximum = () => {
  const windowMs = 60_000;
  let current = new Map<string, number>();
  let previous = new Map<string, number>();
  let since = Date.now();
  const rotate = (): void => {
    const elapsedMs = Date.now() - since;
    if (elapsedMs < windowMs) return;
    previous = elapsedMs < 2 * windowMs ? current : new Map();
    current = new Map();
    since = Date.now();
  };
  return {
    observe: (key: string, value: number): void => {
      rotate();
      current.set(key, Math.max(value, current.get(key) ?? 0));
    },
    of: (key: string): number => {
      rotate();
      return Math.max(current.get(key) ?? 0, previous.get(key) ?? 0);
    },
  };
};
