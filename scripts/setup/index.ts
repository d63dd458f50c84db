/**
 * The ground that demo, tests and benchmarks stand on. Each `ensure…` answers at once when the thing is there, else
 * gets it by its fall-backs in order and keeps it for the next run; it throws a SetupError that says what to do.
 */
export { ensureBaseImages, baseImages, type BaseImages } from './base-images.ts';
export { cacheFolder } from './cache.ts';
export { ensureChromium } from './chromium.ts';
export { ensureCompose } from './compose.ts';
export { ensureDocker } from './docker.ts';
export { ensureNginx, ensurePostgres, ensureRedis } from './host-programs.ts';
export { ensureKafkaJars, ensureKafkaTools, type KafkaJars } from './kafka.ts';
export { ensureJava } from './maven.ts';
export { SetupError } from './say.ts';
export { ensureTemporalCli } from './temporal-cli.ts';
export { ensureTestServer } from './test-server.ts';
