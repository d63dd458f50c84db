import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { procedureNames } from '../../client/procedures.ts';
import { said, spawnCli } from './crescendo.ts';

const crescendo = (...args: string[]) => said(spawnCli(args, {}, tmpdir()));

describe('crescendo run --help', () => {
  it('names every procedure with a sentence, and has examples', async () => {
    const { stdout, exitCode } = await crescendo('run', '--help');
    expect(exitCode).toBe(0);
    for (const name of procedureNames) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S.{20,}$`, 'm'));
    expect(stdout).toContain('  $ crescendo run emergencyScaling\n');
  });

  it('behind a procedure prints each field with type, default and meaning, and a JSON example', async () => {
    const { stdout } = await crescendo('run', 'emergencyRollback', '--help');
    expect(stdout).toContain('  to  (snapshot | single, default "snapshot")\n');
    expect(stdout).toContain('  readyTimeoutMs  (integer 0 to 86400000, default 90000 = 90 s)\n');
    const example = stdout.slice(stdout.indexOf('\n{\n'));
    expect(JSON.parse(example)).toMatchObject({ environment: 'chat4all', to: 'snapshot' });
  });

  it('behind a procedure shows only the flags that it knows', async () => {
    const { stdout } = await crescendo('plan', 'emergencyScaling', '--help');
    expect(stdout).toContain('--set <service=replicas>');
    expect(stdout).not.toContain('--procedure-id');
  });
});

describe('crescendo help', () => {
  it('of a procedure, of a command, and of all', async () => {
    expect((await crescendo('help', 'emergencyScaling')).stdout).toContain('effectiveness.p95BelowMs');
    expect((await crescendo('help', 'status')).stdout).toMatch(/^Usage: crescendo status /);
    expect((await crescendo('help')).stdout).toMatch(/^Usage: crescendo \[options\]/);
  });

  it('of something that is not there is bad input and says what is', async () => {
    const { stderr, exitCode } = await crescendo('help', 'scaleEverything');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: help: scaleEverything is no command and no procedure: .*emergencyScaling/,
    );
  });
});

it('a flag of another procedure is refused, with those that have it', async () => {
  const { stderr, exitCode } = await crescendo('run', 'emergencyScaling', '--to', 'single', '--reason', 'x');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /^error: --to: emergencyScaling has no such option; these have: .*emergencyRollback/,
  );
});

it('--field sets any field by its path, with its unit', async () => {
  const flags = ['--field', 'effectiveness.timeoutMs=2', '--field', 'nothing=1', '--field', 'sampleMs=1h30m'];
  const { stderr } = await crescendo(
    'run',
    'emergencyScaling',
    ...flags,
    '--field',
    'effectiveness.p95BelowMs',
  );
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^error: effectiveness\.timeoutMs: "2" is not a time with its unit/),
    'error: --field nothing: emergencyScaling has no such field',
    'error: --field: give it as path=value, not "effectiveness.p95BelowMs"',
  ]);
});
