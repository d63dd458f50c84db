import type { Stage } from '../env.ts';
import { deafIn, inPhase, inside, stopsOf, whenStepsAreDone } from './table.ts';

const scaled = { 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 2 };
const single = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };

/** An incident that is over: what it did is to be taken back. */
const incident = async (stage: Stage): Promise<void> => {
  await (await stage.start()).result();
  stage.world.calls.length = 0;
};

stopsOf('emergencyRollback', {
  prepare: incident,
  begin: (stage, input) => stage.rollback(input),
  places: {
    'while it waits for approval': inPhase('awaiting_approval', { approval: 'required' }),
    'in a write': deafIn('scaleService message-service 1'),
    'while the services stabilise': whenStepsAreDone(),
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
    ['while it checks health', 'abort with hold', 'held', single],
    ['while it checks health', 'cancel', 'rolled_back', scaled],
  ],
});
