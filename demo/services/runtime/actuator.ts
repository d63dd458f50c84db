import type { Registry } from 'prom-client';
import type { Route } from './http.ts';
import type { RequestTags, RequestTimer } from './request-timer.ts';

/** The part of Spring Boot's actuator that the runbook reads. */
export const actuatorRoutes = (options: {
  service: string;
  replica: string;
  registry: Registry;
  timer: RequestTimer;
  isUp: () => boolean;
}): Route[] => [
  {
    method: 'GET',
    uri: '/actuator/health',
    handle: () =>
      options.isUp()
        ? { status: 200, body: { status: 'UP' } }
        : { status: 503, body: { status: 'OUT_OF_SERVICE' } },
  },
  {
    method: 'GET',
    uri: '/actuator/info',
    handle: () => ({
      status: 200,
      body: { app: { name: options.service, version: 'demo' }, replica: options.replica },
    }),
  },
  {
    method: 'GET',
    uri: '/actuator/metrics/http.server.requests',
    handle: ({ url }) => {
      const body = options.timer.toJson(tagsOf(url.searchParams.getAll('tag')));
      return body === null ? { status: 404, body: { error: 'no such request yet' } } : { status: 200, body };
    },
  },
  {
    method: 'GET',
    uri: '/actuator/prometheus',
    handle: async () => ({
      status: 200,
      body: await options.registry.metrics(),
      contentType: options.registry.contentType,
    }),
  },
];

/** `?tag=uri:/api/messages&tag=outcome:SUCCESS`, as Spring takes it. */
const tagsOf = (tags: string[]): Partial<RequestTags> =>
  Object.fromEntries(
    tags.map((tag) => {
      const colon = tag.indexOf(':');
      return [tag.slice(0, colon), tag.slice(colon + 1)];
    }),
  );
