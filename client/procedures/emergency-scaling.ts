import { emergencyScalingInput, incidentWorkflowId } from '../../workflows/contracts.ts';
import { define } from './definition.ts';

export const emergencyScaling = define({
  input: emergencyScalingInput,
  workflowId: ({ environment }) => incidentWorkflowId(environment),
  summary: ({ environment }) => `Scale ${environment} in an emergency`,
  sentence: 'a traffic spike is in progress: scale the bottleneck first, and prove that it helped',
  details: 'Scenario 1 of the runbook: triage, gateway, core, busiest connector, proof that it helped.',
  services: ['targets'],
  takesLease: true,
  examples: ['', '--set api-gateway=4 --set message-service=5 --reason "TV spot"', '--approval required'],
  json: {
    environment: 'chat4all',
    requestedBy: 'ada',
    reason: 'TV spot',
    targets: { 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 2 },
  },
});
