import { gradualScaleDownInput, scaleDownWorkflowId } from '../../workflows/contracts/gradual-scale-down.ts';
import { define } from './definition.ts';

export const gradualScaleDown = define({
  input: gradualScaleDownInput,
  workflowId: ({ environment }) => scaleDownWorkflowId(environment),
  summary: ({ environment }) => `Scale ${environment} down, one replica at a time`,
  sentence: 'traffic is back to normal: take replicas away, one at a time and watched, and lose nothing',
  details:
    'The gradual scale-down of the runbook: traffic confirmed stable over 15 min, one replica at a time, 5 min watched between.',
  services: ['targets', 'services'],
  takesLease: true,
  examples: ['', '--to minimum', '--set api-gateway=1 --set message-service=1 --field stepMs=2m'],
  json: { environment: 'chat4all', requestedBy: 'ada', reason: 'the event is over', to: 'snapshot' },
});
