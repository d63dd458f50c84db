import { parseArgs } from 'node:util';
import { startStandin } from './server.ts';

/** The stand-in as a program that takes the flags of mongod that are used here, and refuses the others. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '27017' },
    dbpath: { type: 'string', default: '/data/db' },
    replSet: { type: 'string' },
    wiredTigerCacheSizeGB: { type: 'string' },
    bind_ip_all: { type: 'boolean', default: false },
  },
});

const log = (text: string): void => {
  process.stdout.write(`${new Date().toISOString()} mongodb-standin: ${text}\n`);
};
const end = (): void => {
  log('stopping');
  process.exit(0);
};

const gigabytes = values.wiredTigerCacheSizeGB;
void startStandin({
  port: Number(values.port),
  folder: values.dbpath,
  log,
  onShutdown: end,
  ...(values.replSet === undefined ? {} : { replSet: values.replSet }),
  ...(gigabytes === undefined ? {} : { cacheBytes: Number(gigabytes) * 2 ** 30 }),
}).then((standin) => process.once('SIGTERM', () => void standin.close().then(end)));
