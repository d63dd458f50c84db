import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { resizePostgresInput } from '../../workflows/contracts/resize-postgres.ts';
import { define } from './definition.ts';

export const resizePostgres = define({
  input: resizePostgresInput,
  workflowId: ({ environment, database }) => databaseWorkflowId(environment, database),
  summary: ({ environment, database, cpus, memoryBytes }) =>
    `Resize ${database} on ${environment} to ${cpus} CPU and ${Math.round(memoryBytes / 2 ** 20)} MiB`,
  sentence:
    'PostgreSQL is slow or out of connections: more CPU and memory, and the settings that go with them',
  details:
    'Scenario 3, 3.3 of the runbook: limits and settings; live where PostgreSQL takes it so, and one restart, inside a budget, for what needs one.',
  services: [],
  takesLease: true,
  examples: ['--dry-run', '--field cpus=4 --field memoryBytes=8589934592 --field backup=run'],
  json: {
    environment: 'chat4all',
    requestedBy: 'ada',
    cpus: 4,
    memoryBytes: 8_589_934_592,
    settings: { shared_buffers: '2GB', work_mem: '5242kB', max_connections: '200' },
    backup: 'run',
  },
});
