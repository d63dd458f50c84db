import { validateScalingInput, validateWorkflowId } from '../../workflows/contracts/validate-scaling.ts';
import { define } from './definition.ts';

export const validateScaling = define({
  input: validateScalingInput,
  workflowId: ({ environment }) => validateWorkflowId(environment),
  summary: ({ environment }) => `Validate ${environment} after scaling`,
  sentence: 'does the scaled platform work? six checks and the table of benchmarks; it only reads',
  details:
    'Post-scaling validation of the runbook: services, logs, spread, groups, a message from end to end, 15 watched minutes, benchmarks.',
  services: [],
  takesLease: false,
  examples: ['', '--field watchMs=2m', '--field messages=20 --field requests=500'],
  json: { environment: 'chat4all', requestedBy: 'ada', watchMs: 120_000 },
});
