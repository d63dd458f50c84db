import { eventTimes } from '../../domain/event.ts';
import {
  plannedChangeInput,
  plannedScalingInput,
  plannedScalingWorkflowId,
  type PlannedScalingRequest,
} from '../../workflows/contracts/planned-scaling.ts';
import { define } from './definition.ts';

/** The checklist and the plan come before the first step. */
const checklistMs = 15 * 60_000;
const leadMs = ({ steps }: PlannedScalingRequest): number =>
  Math.max(...steps.map(({ beforeMs }) => beforeMs)) + checklistMs;

export const plannedScaling = define({
  input: plannedScalingInput,
  change: plannedChangeInput,
  workflowId: ({ environment, event }) => plannedScalingWorkflowId(environment, event.name),
  summary: ({ environment, event }) => `Scale ${environment} for ${event.name}`,
  sentence: 'traffic is expected: checklist, up in steps before the event, watched, and down again after it',
  details:
    'Scenario 2 of the runbook: checklist, capacity, 50 % two hours before, 75 % one hour before, 100 % half an hour before, each with its watched 15 min, and the scale-down after the event.',
  services: ['peaks', 'targets'],
  takesLease: true,
  leadMs,
  beginsAtMs: (request, nowMs) => eventTimes(request.event, nowMs).startMs - leadMs(request),
  examples: [
    '--event "TV spot" --start 2026-12-01T20:00:00+01:00 --length 3h --peak api-gateway=5000/min --set message-service=5',
    '--event "TV spot" --start 2026-12-01T20:00 --time-zone Europe/Berlin --set api-gateway=3 --soak 15m --dry-run',
  ],
  json: {
    environment: 'chat4all',
    requestedBy: 'ada',
    event: { name: 'TV spot', start: '2026-12-01T20:00:00+01:00', lengthMs: 10_800_000 },
    peaks: { 'api-gateway': 5_000 },
    targets: { 'message-service': 5, 'whatsapp-connector': 3 },
  },
});
