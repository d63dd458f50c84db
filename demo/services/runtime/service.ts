import { once } from 'node:events';
import { Registry } from 'prom-client';
import { actuatorRoutes } from './actuator.ts';
import { createHttpServer, type Route } from './http.ts';
import { log } from './log.ts';
import { replicaName } from './replica-name.ts';
import { createRequestTimer } from './request-timer.ts';

/** What a service gets from the runtime. */
export interface Context {
  replica: string;
  registry: Registry;
}

/** What a service gives to the runtime. */
export interface Parts {
  routes?: Route[];
  /** In order, after the last request was answered: leave the group, write what is left, close the connections. */
  closers: (() => Promise<unknown>)[];
}

const port = 8080;

/**
 * Runs one service until SIGTERM: builds its parts, listens, says "Started". On SIGTERM it takes no new connections, answers
 * what it has accepted, closes its parts and exits with 0. A service that cannot start says why and exits with 1: Docker
 * starts it again.
 */
export const runService = async (
  name: string,
  build: (context: Context) => Promise<Parts>,
): Promise<void> => {
  const startedAt = process.uptime();
  try {
    const registry = new Registry();
    const timer = createRequestTimer(registry);
    const replica = await replicaName();
    const parts = await build({ replica, registry });
    let isUp = true;
    const routes = [
      ...(parts.routes ?? []),
      ...actuatorRoutes({ service: name, replica, registry, timer, isUp: () => isUp }),
    ];
    const server = createHttpServer(routes, timer).listen(port);
    await once(server, 'listening');
    process.once('SIGTERM', () => {
      isUp = false;
      void shutDown(name, server, parts);
    });
    log.info(
      `Started ${name} in ${process.uptime().toFixed(2)} seconds (of which ${startedAt.toFixed(2)} to load) as ${replica}`,
    );
  } catch (error) {
    log.error(`${name} could not start`, error);
    process.exit(1);
  }
};

const shutDown = async (
  name: string,
  server: ReturnType<typeof createHttpServer>,
  parts: Parts,
): Promise<void> => {
  log.info(`${name} is stopping: no new work, finishing ${await connectionsOf(server)} open connections`);
  try {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await closed;
    for (const close of parts.closers) await close();
    log.info(`${name} stopped`);
    process.exit(0);
  } catch (error) {
    log.error(`${name} did not stop cleanly`, error);
    process.exit(1);
  }
};

const connectionsOf = (server: ReturnType<typeof createHttpServer>): Promise<number> =>
  new Promise((resolve) => server.getConnections((error, count) => resolve(error === null ? count : 0)));
