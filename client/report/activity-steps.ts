import type { StepReport } from '../../domain/procedure.ts';
import { textIn, timeOf, type HistoryEvent } from './events.ts';

/** What was done, by the activities of the history: where no worker can tell the steps of the plan. */
export function activitySteps(events: readonly HistoryEvent[]): StepReport[] {
  const steps = new Map<string, StepReport>();
  const end = (scheduledId: unknown, event: HistoryEvent, status: StepReport['status'], message?: string) => {
    const step = steps.get(String(scheduledId));
    if (step === undefined) return;
    step.status = status;
    step.endedAtMs = timeOf(event);
    if (message !== undefined) step.error = { type: 'ActivityFailed', message };
  };
  for (const event of events) {
    const { activityTaskScheduledEventAttributes: scheduled } = event;
    if (scheduled != null) {
      const name = scheduled.activityType?.name ?? 'activity';
      const summary = textIn(event.userMetadata?.summary);
      steps.set(String(event.eventId), {
        id: String(event.eventId),
        title: summary === '' ? name : `${name}: ${summary}`,
        service: 'platform',
        status: 'running',
        startedAtMs: timeOf(event),
        facts: [],
      });
    }
    const { activityTaskCompletedEventAttributes: completed } = event;
    if (completed != null) end(completed.scheduledEventId, event, 'done');
    const { activityTaskFailedEventAttributes: failed } = event;
    if (failed != null)
      end(
        failed.scheduledEventId,
        event,
        'failed',
        failed.failure?.cause?.message ?? failed.failure?.message ?? '',
      );
    const { activityTaskCanceledEventAttributes: cancelled } = event;
    if (cancelled != null) end(cancelled.scheduledEventId, event, 'skipped');
  }
  return [...steps.values()];
}
