import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { resizeMongodbInput } from '../../workflows/contracts/resize-mongodb.ts';
import { define } from './definition.ts';

export const resizeMongodb = define({
  input: resizeMongodbInput,
  workflowId: ({ environment, database }) => databaseWorkflowId(environment, database),
  summary: ({ environment, database, cpus, memoryBytes }) =>
    `Resize ${database} on ${environment} to ${cpus} CPU and ${Math.round(memoryBytes / 2 ** 20)} MiB`,
  sentence: 'MongoDB is slow or out of connections: more CPU, memory and cache, while it runs',
  details:
    'Scenario 3, 3.1 of the runbook: limits and WiredTiger’s cache, live; connections before and after.',
  services: [],
  takesLease: true,
  examples: ['--dry-run', '--field cpus=4 --field memoryBytes=8589934592'],
  json: { environment: 'chat4all', requestedBy: 'ada', cpus: 4, memoryBytes: 8_589_934_592 },
});
