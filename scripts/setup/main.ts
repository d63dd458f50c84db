import * as ground from './index.ts';
import { say, SetupError } from './say.ts';

/** `npm run setup [what...]`: gets everything that demo and tests need, or just what is named. */
const components: Record<string, () => Promise<object>> = {
  docker: ground.ensureDocker,
  compose: ground.ensureCompose,
  temporal: ground.ensureTemporalCli,
  'test-server': ground.ensureTestServer,
  kafka: ground.ensureKafkaJars,
  'kafka-tools': ground.ensureKafkaTools,
  images: ground.ensureBaseImages,
  nginx: ground.ensureNginx,
  redis: ground.ensureRedis,
  postgres: ground.ensurePostgres,
};
const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in components));
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(', ')}; there are: ${Object.keys(components).join(', ')}\n`);
  process.exit(2);
}

for (const [name, ensure] of Object.entries(components)) {
  if (named.length > 0 && !named.includes(name)) continue;
  try {
    const have = Object.entries(await ensure()).map(([key, value]) => `${key} ${String(value)}`);
    say(`${name}: ${have.join(', ')}`);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
