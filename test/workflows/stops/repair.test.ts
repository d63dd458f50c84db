import { incidentWorkflowId } from '../../../workflows/contracts.ts';
import { gateAt, type Stage } from '../env.ts';
import { deafIn, inPhase, inside, stopsOf } from './table.ts';

const single = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };
const cutOff = { ...single, 'api-gateway': 3, 'message-service': 3 };

/** An incident that was terminated in its second step: what it left over is to be undone. */
const terminated = async (stage: Stage): Promise<void> => {
  const gate = gateAt(stage.world, 'waitForReplicas message-service 3');
  const handle = await stage.start();
  await gate.reached;
  await handle.terminate('test');
  gate.open();
  stage.world.calls.length = 0;
};

stopsOf('repair', {
  prepare: terminated,
  begin: (stage, input) =>
    stage.run('repair', { mode: 'undo', procedureId: incidentWorkflowId(stage.environment), ...input }),
  places: {
    'while it reads': inside('readLeases'),
    'while it waits for approval': inPhase('awaiting_approval', { approval: 'required' }),
    'in a write': deafIn('scaleService message-service 1'),
  },
  // Its undo puts back what it found, not what ran before that.
  rows: [
    ['while it reads', 'abort with hold', 'held', cutOff],
    ['while it reads', 'cancel', 'rolled_back', cutOff],
    ['while it waits for approval', 'abort with hold', 'held', cutOff],
    ['while it waits for approval', 'rollback', 'rolled_back', cutOff],
    ['while it waits for approval', 'cancel', 'rolled_back', cutOff],
    ['in a write', 'abort with hold', 'held', { 'message-service': 1 }],
    ['in a write', 'rollback, then rollback', 'rolled_back', cutOff],
    ['in a write', 'cancel', 'rolled_back', cutOff],
  ],
});
