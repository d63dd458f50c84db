import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { resizeRedisInput } from '../../workflows/contracts/resize-redis.ts';
import { define } from './definition.ts';

export const resizeRedis = define({
  input: resizeRedisInput,
  workflowId: ({ environment, database }) => databaseWorkflowId(environment, database),
  summary: ({ environment, database, memoryBytes }) =>
    `Resize ${database} on ${environment} to ${Math.round(memoryBytes / 2 ** 20)} MiB`,
  sentence: 'Redis is full or evicts: more memory, and maxmemory with it, while it runs',
  details:
    'Scenario 3, 3.4 of the runbook: the limit, maxmemory and its policy, save and appendonly; live, and verified with CONFIG GET. One restart only where the command line would take save or appendonly back at the next start.',
  services: [],
  takesLease: true,
  examples: ['--dry-run', '--field memoryBytes=4294967296 --field maxmemoryBytes=3758096384'],
  json: { environment: 'chat4all', requestedBy: 'ada', memoryBytes: 4_294_967_296 },
});
