import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { incidentWorkflowId, progressQuery } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, sharedEnvironment } from '../workflows/env.ts';
import { openCli, onTerminal, type Cli } from './crescendo.ts';

/** A terminal is lent by `script` of util-linux. */
const asked = await execa('script', ['--version'], { reject: false });
const hasTerminal = !asked.failed && asked.stdout.includes('util-linux');
if (!hasTerminal) console.warn('skipped: tests of the live view need `script` of util-linux');

let cli: Cli;
beforeAll(async () => {
  cli = await openCli();
});
afterEach(() => {
  cli.stage.world.before = () => undefined;
});
afterAll(async () => {
  await cli.close();
  await (await sharedEnvironment()).teardown();
});

const ctrlC = String.fromCodePoint(3);
const id = (): string => incidentWorkflowId(cli.stage.environment);
const handle = () => cli.stage.env.client.workflow.getHandle(id());

describe.runIf(hasTerminal)('on a terminal', () => {
  it('a live tree is drawn; Ctrl-C detaches and the procedure goes on', async () => {
    const gate = gateAt(cli.stage.world, 'scaleService api-gateway 3');
    const seat = onTerminal(cli, 'run', 'emergencyScaling');
    await gate.reached;
    await seat.shows(/▶ Step \d\/\d {2}Scale api-gateway from 1 to 3 replicas {2}running/);
    const drawn = seat.screen().length;
    await seat.shows(/Step/, drawn);
    seat.type(ctrlC);
    expect(await seat.ended()).toBe(130);
    expect(seat.screen()).toContain(`Come back: crescendo watch ${id()}`);
    expect((await handle().describe()).status.name).toBe('RUNNING');
    gate.open();
    await handle().result();
  });

  it('a plan is asked about before it is carried out: later leaves it waiting, yes approves it', async () => {
    const flags = ['--approval', 'required', '--set', 'api-gateway=5'];
    const first = onTerminal(cli, 'run', 'emergencyScaling', ...flags);
    await first.shows(/Carry it out\? \[yes \/ no \/ later\]/);
    first.type('later\r');
    expect(await first.ended()).toBe(6);
    expect(await handle().query(progressQuery)).toMatchObject({ phase: 'awaiting_approval' });

    const second = onTerminal(cli, 'run', 'emergencyScaling');
    await second.shows(/~ api-gateway +3 -> 5 replicas[^]*Carry it out\?/);
    second.type('yes\r');
    expect(await second.ended()).toBe(0);
    expect(second.screen()).toContain('emergencyScaling completed');
    expect(cli.stage.world.replicas['api-gateway']).toBe(5);
  });

  it('Ctrl-C at the question is no answer', async () => {
    const flags = ['--approval', 'required', '--set', 'api-gateway=6'];
    const seat = onTerminal(cli, 'run', 'emergencyScaling', ...flags);
    await seat.shows(/Carry it out\?/);
    seat.type(ctrlC);
    expect(await seat.ended()).toBe(6);
    expect(await handle().query(progressQuery)).toMatchObject({ phase: 'awaiting_approval' });
    await cli.crescendo('reject', '--reason', 'enough');
    await waitFor(async () => (await handle().describe()).status.name !== 'RUNNING', {
      timeoutMs: 10_000,
      what: 'the procedure to end',
    });
  });
});
