import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { formRedisClusterInput } from '../../workflows/contracts/form-redis-cluster.ts';
import { define } from './definition.ts';

export const formRedisCluster = define({
  input: formRedisClusterInput,
  workflowId: ({ environment, database }) => databaseWorkflowId(environment, database),
  summary: ({ environment, database }) => `Make a Redis Cluster beside ${database} on ${environment}`,
  sentence: 'one Redis is not enough: make a cluster beside it, with a copy of its keys',
  details:
    'Scenario 3, 3.4 of the runbook, "Redis Cluster": three masters, three replicas, every slot, every key counted; the standing server does not stop, and a rollback leaves nothing behind.',
  services: [],
  takesLease: true,
  examples: ['--dry-run', '--field copyAgain=true'],
  json: { environment: 'chat4all', requestedBy: 'ada', database: 'redis' },
});
