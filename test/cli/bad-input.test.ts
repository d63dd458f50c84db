import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/index.ts';
import { said, spawnCli, type Said } from './crescendo.ts';

let folder: string;
let address: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-cli-'));
  // Nobody listens there: an input that is refused must be refused before anything is asked.
  address = `127.0.0.1:${await freePort()}`;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const crescendo = (...args: string[]): Promise<Said> =>
  said(spawnCli(args, { TEMPORAL_ADDRESS: address }, folder));

const errorsOf = async (...args: string[]): Promise<string[]> => {
  const { exitCode, stdout, stderr } = await crescendo(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.split('\n');
};

describe('an input that is wrong is refused before anything is started', () => {
  it('with every error at once and its path', async () => {
    const flags = ['--set', 'api-gateway=0', '--set', 'message-service=1000', '--set', 'nobody=2'];
    const errors = await errorsOf('run', 'emergencyScaling', ...flags, '--input', '{"sampleMS":1}');
    expect(errors).toEqual([
      expect.stringMatching(/^error: targets\.api-gateway: .*>=1/),
      expect.stringMatching(/^error: targets\.message-service: .*<=100/),
      'error: sampleMS: unknown key',
      expect.stringMatching(
        /^error: targets\.nobody: no such service in the catalog of chat4all: api-gateway,/,
      ),
    ]);
  });

  it.each([
    ['a type that is wrong', '{"sampleMs":"soon"}', /^error: sampleMs: .*expected number/],
    [
      'a name with shell characters',
      '{"targets":{"a;rm -rf /":2}}',
      /^error: targets\.a;rm -rf \/: .*letters/,
    ],
    ['another environment', '{"environment":"other"}', /^error: environment: the catalog is of chat4all/],
    ['no JSON', '{targets:', /^error: --input: is not JSON/],
    ['no object', '[1]', /^error: --input: must be one JSON object/],
    ['half a replica', '{"targets":{"api-gateway":1.5}}', /^error: targets\.api-gateway: .*int/],
  ])('%s', async (_, input, expected) => {
    const errors = await errorsOf('run', 'emergencyScaling', '--input', input);
    expect(errors).toEqual([expect.stringMatching(expected)]);
  });

  it('a target that is no number, a time without a unit', async () => {
    const flags = ['--set', 'api-gateway', '--ready-timeout', 'soon'];
    const errors = await errorsOf('plan', 'emergencyScaling', ...flags);
    expect(errors).toEqual([
      'error: targets.api-gateway: give it as api-gateway=3, not "api-gateway"',
      expect.stringMatching(/^error: --ready-timeout: .*20s/),
    ]);
  });

  it('for a program as the one JSON document on stdout as well', async () => {
    const { exitCode, stdout } = await crescendo(
      'run',
      'emergencyScaling',
      '-o',
      'json',
      '--set',
      'nobody=0',
    );
    expect(exitCode).toBe(2);
    const { error } = JSON.parse(stdout) as { error: { exitCode: number; errors: { path: string }[] } };
    expect(error.exitCode).toBe(2);
    expect(error.errors.map(({ path }) => path)).toEqual(['targets.nobody', 'targets.nobody']);
  });

  it('a procedure and a command that do not exist', async () => {
    expect(await errorsOf('run', 'scaleEverything')).toEqual([
      expect.stringMatching(
        /^error: procedure: scaleEverything does not exist: emergencyScaling, .*emergencyRollback/,
      ),
    ]);
    expect((await errorsOf('runn'))[0]).toBe("error: unknown command 'runn'");
  });

  it('a catalog with its errors, each with the file and the path', async () => {
    const catalog = join(folder, 'broken.yaml');
    await writeFile(catalog, 'environment: x\nplatform: { kind: compose }\nservices: {}\nfoo: 1\n');
    const errors = await errorsOf('plan', 'emergencyScaling', '--catalog', catalog);
    expect(errors).toContain(`error: ${catalog}: platform.project: missing: expected string`);
    expect(errors.some((line) => line.startsWith(`error: ${catalog}: foo:`))).toBe(true);
  });
});

describe('as the temporal CLI calls it, with its own flags in front of the command', () => {
  it('takes --output and --profile there, and what has no meaning here', async () => {
    const front = ['--log-level', 'debug', '--color', 'never', '--output', 'json'];
    const { exitCode, stdout } = await crescendo(...front, 'run', 'emergencyScaling', '--set', 'nobody=1');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { errors: [{ path: 'targets.nobody' }] } });
    const profile = await crescendo('--profile', 'nobody', 'history');
    expect(profile.stderr).toMatch(/^error: the Temporal configuration cannot be used: .*nobody/);
  });

  it('an output that it does not have is refused, and what stands behind the command counts more', async () => {
    expect((await errorsOf('--output', 'none', 'history'))[0]).toMatch(
      /'none' is invalid.*text, json, jsonl/,
    );
    const flags = ['run', 'emergencyScaling', '--output', 'text', '--set', 'nobody=1'];
    expect(await errorsOf('--output', 'json', ...flags)).toHaveLength(1);
  });

  it('--help in front is the help of the command', async () => {
    expect((await crescendo('--help', 'approve')).stdout).toMatch(/^Usage: crescendo approve /);
  });
});

it('a server that does not answer is named, with what to do', async () => {
  const { exitCode, stderr } = await crescendo('run', 'emergencyScaling');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(new RegExp(`^error: no Temporal server answers at ${address} `));
  expect(stderr).toMatch(/^to do: .*--address/m);
});
