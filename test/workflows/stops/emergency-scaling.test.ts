import { inPhase, inside, pausedIn, queued, deafIn, stopsOf } from './table.ts';

const before = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };
const half = { ...before, 'api-gateway': 3 };
const scaled = { 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 2 };
/** Another incident has it. */
const others = { 'message-service': 1 };

stopsOf('emergencyScaling', {
  begin: (stage, input) => stage.start(input),
  places: {
    'while it observes': inside('observe'),
    'while it waits for approval': inPhase('awaiting_approval', { approval: 'required' }),
    'while it waits for its lease': queued(),
    'in a write': deafIn('scaleService message-service 3'),
    'while it is paused': pausedIn('proveEveryReplicaReached api-gateway 3'),
    'while it watches the effect': inside('watchEffectiveness'),
  },
  // The middle of an activity of a step is in ../emergency-scaling.test.ts.
  rows: [
    ['while it observes', 'abort with hold', 'held', before],
    ['while it observes', 'cancel', 'rolled_back', before],
    ['while it waits for approval', 'abort with hold', 'held', before],
    ['while it waits for approval', 'rollback', 'rolled_back', before],
    ['while it waits for approval', 'cancel', 'rolled_back', before],
    ['while it waits for its lease', 'abort with hold', 'held', others],
    ['while it waits for its lease', 'rollback', 'rolled_back', others],
    ['while it waits for its lease', 'cancel', 'rolled_back', others],
    ['in a write', 'abort with hold, then abort with hold', 'held', { ...half, 'message-service': 3 }],
    ['in a write', 'abort with hold, then rollback', 'rolled_back', before],
    ['in a write', 'rollback, then abort with hold', 'rolled_back', before],
    ['in a write', 'cancel, then rollback', 'rolled_back', before],
    ['in a write', 'cancel, then abort with hold', 'rolled_back', before],
    ['in a write', 'abort with hold, then cancel', 'rolled_back', before],
    ['while it is paused', 'abort with hold', 'held', half],
    ['while it is paused', 'rollback, then rollback', 'rolled_back', before],
    ['while it is paused', 'cancel', 'rolled_back', before],
    ['while it watches the effect', 'abort with hold', 'held', scaled],
    ['while it watches the effect', 'rollback', 'rolled_back', before],
    ['while it watches the effect', 'cancel', 'rolled_back', before],
  ],
});
