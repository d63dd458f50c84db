import { addBrokersInput, addBrokersWorkflowId } from '../../workflows/contracts/add-brokers.ts';
import { define } from './definition.ts';

export const addBrokers = define({
  input: addBrokersInput,
  workflowId: ({ environment }) => addBrokersWorkflowId(environment),
  summary: ({ environment, brokers }) => `Run ${brokers} Kafka brokers on ${environment}`,
  sentence: 'the Kafka broker is saturated: add brokers and move their share of the partitions onto them',
  details:
    'Scenario 3, 3.2 of the runbook: brokers beside the one that stands, partitions spread over all of them with a throttle, copies raised where asked.',
  services: [],
  takesLease: true,
  examples: ['--field brokers=3 --field replicationFactor=3', '--dry-run'],
  json: { environment: 'chat4all', requestedBy: 'ada', brokers: 3, replicationFactor: 3 },
});
