/** What tests of all tiers use: real servers on free ports, and waiting for conditions. */
export { startDevServer, type DevServer } from './dev-server.ts';
export { freePort } from './free-port.ts';
export { startKafka, type KafkaServer } from './kafka.ts';
export { localServer, timeSkipping } from './test-environment.ts';
export { waitFor } from './wait-for.ts';
