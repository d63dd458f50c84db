import { addReadReplicaInput } from '../../workflows/contracts/add-read-replica.ts';
import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { define } from './definition.ts';

export const addReadReplica = define({
  input: addReadReplicaInput,
  workflowId: ({ environment, database }) => databaseWorkflowId(environment, database),
  summary: ({ environment, database, name }) => `Add ${name} to ${database} on ${environment}`,
  sentence: 'PostgreSQL has more to read than it can: add a standby that queries can go to',
  details:
    'Scenario 3, 3.3 of the runbook: a slot, a base backup, a standby that streams; the primary does not stop, and a rollback leaves nothing behind.',
  services: [],
  takesLease: true,
  examples: ['--dry-run', '--field name=postgres-replica-1'],
  json: { environment: 'chat4all', requestedBy: 'ada', database: 'postgres', name: 'postgres-replica-1' },
});
