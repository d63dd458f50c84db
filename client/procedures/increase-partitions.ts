import {
  increasePartitionsInput,
  increasePartitionsWorkflowId,
} from '../../workflows/contracts/increase-partitions.ts';
import { define } from './definition.ts';

export const increasePartitions = define({
  input: increasePartitionsInput,
  workflowId: ({ environment, topic }) => increasePartitionsWorkflowId(environment, topic),
  summary: ({ topic, partitions }) => `Give ${topic} ${partitions} partitions`,
  sentence: 'consumers cannot keep up and there are no more partitions to share: give a topic more of them',
  details:
    'Scenario 3, 3.2 of the runbook: partitions up to an absolute number, then the consumers restarted one at a time. It cannot be undone.',
  services: ['services'],
  takesLease: true,
  examples: [
    '--field topic=message-events --field partitions=20 --field acknowledgeKeyRemap=true',
    '--field topic=message-events --field partitions=20 --dry-run',
  ],
  json: {
    environment: 'chat4all',
    requestedBy: 'ada',
    topic: 'message-events',
    partitions: 20,
    acknowledgeKeyRemap: true,
    services: ['message-service', 'router-service'],
  },
});
