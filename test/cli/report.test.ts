import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentWorkflowId } from '../../workflows/contracts.ts';
import { gateAt, sharedEnvironment } from '../workflows/env.ts';
import { openCli, type Cli } from './crescendo.ts';

describe('crescendo history ID --report', () => {
  let cli: Cli;
  let folder: string;
  beforeAll(async () => {
    await sharedEnvironment('dev');
    cli = await openCli();
    folder = await mkdtemp(join(tmpdir(), 'crescendo-report-'));
  });
  afterAll(async () => {
    await cli?.close();
    await rm(folder, { recursive: true, force: true });
    await (await sharedEnvironment('dev')).teardown();
  });
  const id = (): string => incidentWorkflowId(cli.stage.environment);
  const write = async (name: string): Promise<string> => {
    const file = join(folder, name);
    const { exitCode, stdout } = await cli.crescendo('history', id(), '--report', file);
    expect([exitCode, stdout]).toEqual([0, `the report of ${id()} is in ${file}`]);
    return readFile(file, 'utf8');
  };

  it('of a procedure that runs is as far as it is', async () => {
    const gate = gateAt(cli.stage.world, 'waitForReplicas api-gateway 3');
    const handle = await cli.stage.start();
    await gate.reached;
    const text = await write('running.md');
    expect(text).toMatch(/^running: executing\.$/m);
    expect(text).toMatch(/\| \d \| Scale api-gateway from 1 to 3 replicas \| running \|/);
    gate.open();
    await handle.result();
  });

  it('of one that has ended says what was seen, planned, done, when, by whom, before and after', async () => {
    const text = await write('incident.md');
    for (const part of [
      '# emergencyScaling on',
      'Found: api-gateway is the bottleneck',
      'asked for by | test',
    ])
      expect(text).toContain(part);
    expect(text).toMatch(/## Replicas[^]*\| api-gateway \| 1 \| 3 \|/);
    expect(text).toMatch(/## Before and after[^]*\| lag \| 4000 messages \| 10 messages \|/);
    expect(text).toMatch(/\| began \| \d{4}-\d\d-\d\dT/);
  });

  it('for a name in .html is one file with a plot of the steps', async () => {
    const text = await write('incident.html');
    expect(text).toContain('<svg');
    expect(text).toContain('Steps over time');
    expect(text).not.toContain('<script');
  });
});
