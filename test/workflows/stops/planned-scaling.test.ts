import { HOUR, plan, quiet } from '../planned-stage.ts';
import { deafIn, inPhase, inside, pausedIn, queued, stopsOf } from './table.ts';

const before = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };
const scaled = { 'api-gateway': 3, 'message-service': 5, 'whatsapp-connector': 3 };
/** Another incident has it. */
const others = { 'message-service': 1 };

stopsOf('plannedScaling', {
  prepare: quiet,
  // Every wave but the last is over: that one is carried out at once.
  begin: async (stage, input) => (await plan(stage, HOUR / 4, input)).handle,
  places: {
    'while it observes': inside('observe'),
    'while it waits for approval': inPhase('awaiting_approval', { approval: 'required' }),
    'in its checklist': inside('readStorage'),
    'while it waits for its lease': queued(),
    'in a write': deafIn('scaleService message-service 5'),
    'while it is paused': pausedIn('waitForReplicas message-service 5'),
    'in a soak': inside('watchGate api-gateway message-service whatsapp-connector'),
    'in the event': inPhase('waiting'),
  },
  rows: [
    ['while it observes', 'cancel', 'rolled_back', before],
    ['while it waits for approval', 'abort with hold', 'held', before],
    ['while it waits for approval', 'rollback', 'rolled_back', before],
    ['while it waits for approval', 'cancel', 'rolled_back', before],
    ['in its checklist', 'abort with hold', 'held', before],
    ['in its checklist', 'cancel', 'rolled_back', before],
    ['while it waits for its lease', 'abort with hold', 'held', others],
    ['while it waits for its lease', 'rollback', 'rolled_back', others],
    ['while it waits for its lease', 'cancel', 'rolled_back', others],
    ['in a write', 'cancel', 'rolled_back', before],
    ['in a write', 'abort with hold, then rollback', 'rolled_back', before],
    ['in a write', 'abort with hold, then cancel', 'rolled_back', before],
    ['while it is paused', 'rollback', 'rolled_back', before],
    ['while it is paused', 'cancel', 'rolled_back', before],
    ['in a soak', 'abort with hold', 'held', scaled],
    ['in a soak', 'cancel', 'rolled_back', before],
    ['in the event', 'abort with hold, then abort with hold', 'held', scaled],
    ['in the event', 'cancel', 'rolled_back', before],
  ],
  wrong: ({ world }) => {
    const edited = Object.keys(world.composeFile);
    const isScaled = world.replicas['whatsapp-connector'] === 3;
    return edited.length > 0 === isScaled ? [] : [`the compose file is edited for ${edited.join(', ')}`];
  },
});
