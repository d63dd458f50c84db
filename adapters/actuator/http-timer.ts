import { z } from 'zod';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Sample } from '../../domain/metrics.ts';

const timer = z.object({
  measurements: z.array(z.object({ statistic: z.string(), value: z.number() })),
});

/**
 * The actuator's JSON of `http.server.requests` as the samples that a scrape would have had. It has no histogram, only a MAX. `failed`
 * is the same document narrowed to `outcome:SERVER_ERROR`, `null` when there was no such request yet.
 * Throws MetricsUnavailable when it is not such a document.
 */
export const samplesOfTimer = (all: string, failed: string | null, replica: string): Sample[] => {
  const total = measurementsOf(all, replica);
  const failures = failed === null ? 0 : (measurementsOf(failed, replica).get('COUNT') ?? 0);
  const count = total.get('COUNT');
  if (count === undefined)
    throw new CrescendoError(
      'MetricsUnavailable',
      `${replica} answered http.server.requests without a COUNT`,
    );
  const name = 'http_server_requests_seconds_count';
  const max = total.get('MAX');
  return [
    { name, labels: { outcome: 'SERVER_ERROR' }, value: failures },
    { name, labels: { outcome: 'OTHER' }, value: Math.max(0, count - failures) },
    ...(max === undefined ? [] : [{ name: 'http_server_requests_seconds_max', labels: {}, value: max }]),
  ];
};

const measurementsOf = (json: string, replica: string): Map<string, number> => {
  const parsed = timer.safeParse(documentOf(json));
  if (!parsed.success)
    throw new CrescendoError(
      'MetricsUnavailable',
      `${replica} answered http.server.requests without measurements`,
    );
  return new Map(parsed.data.measurements.map(({ statistic, value }) => [statistic, value]));
};

/** `undefined`, which is no such document, when it is no JSON at all. */
const documentOf = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
