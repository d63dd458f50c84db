import { ApplicationFailure } from '@temporalio/common';
import { waitFor } from '../../support/index.ts';
import type { Stage } from '../env.ts';
import { deafIn, inPhase, inside, stopsOf, whenStepsAreDone, type Place } from './table.ts';

const scaled = { 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 2 };
const single = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };

/** An incident that is over: what it did is to be taken back. */
const incident = async (stage: Stage): Promise<void> => {
  await (await stage.start()).result();
  stage.world.calls.length = 0;
};

/** In one of the writes that are made side by side, when the others have been made. */
const inLastWrite: Place = async (stage, begin) => {
  const place = await deafIn('scaleService message-service 1')(stage, begin);
  const others = ['scaleService api-gateway 1', 'scaleService whatsapp-connector 1'];
  await waitFor(() => others.every((call) => stage.world.calls.includes(call)), {
    timeoutMs: 10_000,
    what: 'the other writes',
  });
  return place;
};

/** What was taken back runs, and the check afterwards fails again and again. */
const inFailingHealth: Place = async (stage, begin) => {
  const call = 'waitForReplicas message-service 1';
  let seen = 0;
  stage.world.before = (now) => {
    if (now !== call) return;
    seen += 1;
    // The step itself looks once too.
    if (seen > 1)
      throw ApplicationFailure.create({
        type: 'ReplicaCrashed',
        message: 'later',
        nextRetryDelay: '1 minute',
      });
  };
  const procedure = await begin({ stabilizeMs: 0 });
  await waitFor(() => seen > 1, { timeoutMs: 10_000, what: 'a health check that fails' });
  return { procedure };
};

stopsOf('emergencyRollback', {
  prepare: incident,
  begin: (stage, input) => stage.rollback(input),
  places: {
    'while it waits for approval': inPhase('awaiting_approval', { approval: 'required' }),
    'in a write': inLastWrite,
    'while the services stabilise': whenStepsAreDone(),
    'while its health check fails': inFailingHealth,
    'while it checks health': inside('checkFunction', { stabilizeMs: 0 }),
  },
  // Its undo is a scale-up again: what it had begun is put back to how it found it.
  rows: [
    ['while it waits for approval', 'abort with hold', 'held', scaled],
    ['while it waits for approval', 'rollback', 'rolled_back', scaled],
    ['while it waits for approval', 'cancel', 'rolled_back', scaled],
    ['in a write', 'abort with hold', 'held', { 'message-service': 1 }],
    ['in a write', 'abort with hold, then abort with hold', 'held', { 'message-service': 1 }],
    ['in a write', 'rollback, then rollback', 'rolled_back', scaled],
    ['in a write', 'cancel', 'rolled_back', scaled],
    ['while the services stabilise', 'abort with hold', 'held', single],
    ['while the services stabilise', 'rollback', 'rolled_back', scaled],
    ['while the services stabilise', 'cancel', 'rolled_back', scaled],
    ['while its health check fails', 'abort with hold', 'held', single],
    ['while its health check fails', 'rollback', 'rolled_back', scaled],
    ['while its health check fails', 'cancel', 'rolled_back', scaled],
    ['while it checks health', 'abort with hold', 'held', single],
    ['while it checks health', 'cancel', 'rolled_back', scaled],
  ],
});
