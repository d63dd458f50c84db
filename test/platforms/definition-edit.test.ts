import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editText, memoryText } from '../../platforms/compose/definition-file/edit.ts';
import type { ServiceFileEdit } from '../../domain/compose-file-operation.ts';

const G = 2 ** 30;
const demo = readFileSync(fileURLToPath(new URL('../../demo/docker-compose.yml', import.meta.url)), 'utf8');
type File = { services: Record<string, Record<string, unknown>> };
const read = (text: string): File => parse(text, { merge: true }) as File;
type Deploy = { resources?: { limits?: object } } | undefined;

/** What should stand there, made without the code under test. */
const withEdit = (before: Deploy, { replicas, limits }: ServiceFileEdit): unknown => {
  if (replicas === undefined && limits === undefined) return before;
  const written =
    limits === undefined
      ? undefined
      : { cpus: (limits.cpus ?? 0).toFixed(1), memory: memoryText(limits.memoryBytes ?? 0) };
  return {
    ...before,
    ...(replicas === undefined ? {} : { replicas }),
    ...(written === undefined
      ? {}
      : { resources: { ...before?.resources, limits: { ...before?.resources?.limits, ...written } } }),
  };
};

const changedLines = (before: string, after: string): string[] => {
  const lines = new Set(before.split('\n'));
  return after.split('\n').filter((line) => !lines.has(line));
};

describe('an edit of a compose file', () => {
  it("writes the runbook's deploy section, and nothing else", () => {
    const before = 'services:\n  # the front door\n  api-gateway:\n    image: chat4all/gateway # ours\n';
    const edit = {
      replicas: 3,
      limits: { cpus: 1, memoryBytes: G },
      reservations: { cpus: 0.5, memoryBytes: 512 * 2 ** 20 },
    };
    expect(editText(before, { 'api-gateway': edit })).toBe(`${before}    deploy:
      replicas: 3
      resources:
        limits:
          cpus: '1.0'
          memory: 1G
        reservations:
          cpus: '0.5'
          memory: 512M
`);
  });

  it('leaves the bytes alone when it stands there already, and repeating it changes nothing', () => {
    const once = editText(demo, { 'api-gateway': { replicas: 4 } });
    expect(editText(once, { 'api-gateway': { replicas: 4 } })).toBe(once);
    expect(changedLines(demo, once)).toEqual(['      replicas: 4']);
  });

  it('of a service whose section others refer to changes that service alone', () => {
    const after = editText(demo, { 'whatsapp-connector': { replicas: 2 } });
    const [was, is] = [read(demo), read(after)];
    expect(is.services['whatsapp-connector']?.['deploy']).toMatchObject({ replicas: 2 });
    for (const service of Object.keys(was.services).filter((name) => name !== 'whatsapp-connector'))
      expect(is.services[service]).toEqual(was.services[service]);
  });

  it('of a service that has its section from an alias or a merge key gives it one of its own', () => {
    const file = `x-small: &small { resources: { limits: { memory: 64M } } }
x-base: &base
  deploy: { replicas: 1, labels: { a: b } }
services:
  one: { image: x, deploy: *small }
  two: { image: x, deploy: *small }
  three: { <<: *base, image: x }
`;
    const { services } = read(editText(file, { one: { replicas: 2 }, three: { replicas: 5 } }));
    expect(services['one']?.['deploy']).toEqual({ resources: { limits: { memory: '64M' } }, replicas: 2 });
    expect(services['two']?.['deploy']).toEqual({ resources: { limits: { memory: '64M' } } });
    expect(services['three']?.['deploy']).toEqual({ replicas: 5, labels: { a: 'b' } });
  });

  it('keeps the form of the environment, and writes a command as a list', () => {
    const file =
      'services:\n  db:\n    image: postgres\n    environment: [A=1, B=2]\n    command: postgres\n';
    const { services } = read(
      editText(file, { db: { environment: { B: '3' }, command: ['postgres', '-c', 'max_connections=200'] } }),
    );
    expect(services['db']).toMatchObject({
      environment: ['A=1', 'B=3'],
      command: ['postgres', '-c', 'max_connections=200'],
    });
  });

  it('that cannot be made is an error that says why', () => {
    expect(() => editText(demo, { nobody: { replicas: 1 } })).toThrow(/no service nobody/);
    expect(() => editText('services: {', { a: { replicas: 1 } })).toThrow(/cannot be edited/);
  });

  it('has exactly what was asked for, and everything else as it was, comments too', () => {
    const names = Object.keys(read(demo).services);
    const edit: fc.Arbitrary<ServiceFileEdit> = fc.record(
      {
        replicas: fc.integer({ min: 1, max: 20 }),
        limits: fc.record({ cpus: fc.constantFrom(0.5, 1, 2), memoryBytes: fc.constantFrom(G, 1.5 * G) }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), edit, { maxKeys: 4 }), (edits) => {
        const after = editText(demo, edits);
        const [was, is] = [read(demo), read(after)];
        for (const name of names) {
          const { deploy: deployBefore, ...restBefore } = was.services[name] ?? {};
          const { deploy: deployAfter, ...restAfter } = is.services[name] ?? {};
          expect(restAfter).toEqual(restBefore);
          expect(deployAfter).toEqual(withEdit(deployBefore as Deploy, edits[name] ?? {}));
        }
        const comments = demo.split('\n').filter((line) => line.trim().startsWith('#'));
        for (const comment of comments) expect(after).toContain(comment);
      }),
      { numRuns: 20 },
    );
  });
});

it('memory is written as the runbook writes it', () => {
  expect([512 * 2 ** 20, G, 1.5 * G, 768 * 2 ** 20, 64 * 1024, 1000].map(memoryText)).toEqual([
    '512M',
    '1G',
    '1.5G',
    '768M',
    '64K',
    '1000b',
  ]);
});
