import type { Stage } from '../env.ts';
import { calm } from '../world.ts';
import { deafIn, inPhase, inside, pausedIn, queued, stopsOf } from './table.ts';

const before = { 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 2 };
const begun = { ...before, 'whatsapp-connector': 1 };
/** Another incident has it. */
const others = { 'message-service': 3, 'whatsapp-connector': 2 };

const scaledOut = ({ world }: Stage): void => {
  calm(world);
  world.replicas = { ...before, 'telegram-connector': 1 };
  world.upstream = { 'api-gateway': 3 };
};

stopsOf('gradualScaleDown', {
  prepare: scaledOut,
  begin: (stage, input) => stage.run('gradualScaleDown', { to: 'minimum', ...input }),
  places: {
    'while it observes': inside('observe'),
    'while it waits for approval': inPhase('awaiting_approval', { approval: 'required' }),
    'while it waits for stable traffic': inside(
      'watchTraffic whatsapp-connector message-service api-gateway',
    ),
    'while it waits for its lease': queued(),
    'while a replica drains': inside('drainReplicas whatsapp-connector 1'),
    'in a write': deafIn('scaleService whatsapp-connector 1'),
    'while it is paused': pausedIn('waitForReplicas whatsapp-connector 1'),
    'in a soak': inside('watchGate whatsapp-connector message-service api-gateway'),
  },
  rows: [
    ['while it observes', 'cancel', 'rolled_back', before],
    ['while it waits for approval', 'abort with hold', 'held', before],
    ['while it waits for approval', 'rollback', 'rolled_back', before],
    ['while it waits for approval', 'cancel', 'rolled_back', before],
    ['while it waits for stable traffic', 'abort with hold', 'held', before],
    ['while it waits for stable traffic', 'cancel', 'rolled_back', before],
    ['while it waits for its lease', 'abort with hold', 'held', others],
    ['while it waits for its lease', 'cancel', 'rolled_back', others],
    ['while a replica drains', 'cancel', 'rolled_back', before],
    ['while a replica drains', 'rollback, then rollback', 'rolled_back', before],
    ['in a write', 'abort with hold, then abort with hold', 'held', begun],
    ['in a write', 'abort with hold, then rollback', 'rolled_back', before],
    ['in a write', 'cancel', 'rolled_back', before],
    ['while it is paused', 'abort with hold', 'held', begun],
    ['while it is paused', 'cancel', 'rolled_back', before],
    ['in a soak', 'abort with hold', 'held', begun],
    ['in a soak', 'rollback, then rollback', 'rolled_back', before],
    ['in a soak', 'cancel', 'rolled_back', before],
  ],
});
