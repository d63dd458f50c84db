import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { formReplicaSetInput } from '../../workflows/contracts/form-replica-set.ts';
import { define } from './definition.ts';

export const formReplicaSet = define({
  input: formReplicaSetInput,
  workflowId: ({ environment, database }) => databaseWorkflowId(environment, database),
  summary: ({ environment, database, set }) => `Make ${database} on ${environment} the replica set ${set}`,
  sentence: 'one MongoDB is not enough: make it the first of a replica set, with its data, and add members',
  details:
    'Scenario 3, 3.1 of the runbook, "Horizontal Scaling": one restart of the standing node, a PRIMARY and two SECONDARY, the URI for clients.',
  services: [],
  takesLease: true,
  examples: ['--dry-run', '--field backup=waived', '--field set=rs0 --field downtimeBudgetMs=60s'],
  json: { environment: 'chat4all', requestedBy: 'ada', set: 'rs0', backup: 'waived' },
});
