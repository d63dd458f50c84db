import { expect, test } from 'vitest';
import type { Progress, StepReport } from '../../domain/procedure.ts';
import { detailsOf } from '../../workflows/engine/details.ts';

const step: StepReport = {
  id: 'wave-2-gateway',
  title: '75 %: Scale gateway',
  service: 'gateway',
  status: 'pending',
  dueAtMs: Date.parse('2026-12-01T19:00:00Z'),
  facts: [],
};
const progress: Progress = {
  procedure: 'plannedScaling',
  environment: 'shop',
  phase: 'waiting',
  steps: [step],
  events: [],
};

test('the current details name what comes next by the clock of the event, as a moment that stays true', () => {
  expect(detailsOf({ ...progress, timeZone: 'Asia/Tokyo' })).toContain(
    'Next: 75 %: Scale gateway, at 2026-12-02T04:00:00+09:00',
  );
  expect(detailsOf(progress)).toContain('at 2026-12-01T19:00:00Z');
});
