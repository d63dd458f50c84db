import { emergencyRollbackInput, rollbackWorkflowId } from '../../workflows/contracts.ts';
import { define } from './definition.ts';

export const emergencyRollback = define({
  input: emergencyRollbackInput,
  workflowId: ({ environment }) => rollbackWorkflowId(environment),
  summary: ({ environment }) => `Put ${environment} back`,
  sentence: 'put back what ran before a procedure, or one replica of each service',
  details: 'The rollback of the runbook: back to the snapshot, 30 s, health, function, root cause.',
  services: ['services'],
  takesLease: true,
  examples: ['', '--to single', '--procedure-id crescendo-chat4all-emergency'],
  json: { environment: 'chat4all', requestedBy: 'ada', reason: 'P95 got worse', to: 'snapshot' },
});
