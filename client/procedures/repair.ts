import { repairInput, repairWorkflowId } from '../../workflows/contracts/repair.ts';
import { define } from './definition.ts';

export const repair = define({
  input: repairInput,
  workflowId: ({ environment }) => repairWorkflowId(environment),
  summary: ({ environment, mode }) => `Repair ${environment}: ${mode}`,
  sentence: 'a procedure was terminated: what did it leave over? show it, undo it or adopt it',
  details:
    'After a terminate nothing was cleaned up: replicas, the upstream and the compose file are compared with what ran before.',
  services: [],
  takesLease: true,
  examples: [
    '',
    '--procedure-id crescendo-chat4all-emergency --field mode=undo',
    '--field mode=adopt --field procedureId=crescendo-chat4all-emergency',
  ],
  json: {
    environment: 'chat4all',
    requestedBy: 'ada',
    mode: 'undo',
    procedureId: 'crescendo-chat4all-emergency',
  },
});
