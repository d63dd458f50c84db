import { expect, it } from 'vitest';
import type { ServiceFileEdit } from '../../domain/compose-file-operation.ts';
import { withRenewal } from '../../domain/renew-operation.ts';
import { undoOf } from '../../domain/undo.ts';

const edits: Record<string, ServiceFileEdit> = { 'api-gateway': { limits: { cpus: 1 } } };
const file = { kind: 'editComposeFile', service: 'platform', edits, backup: 'copy' } as const;
const times = { drainMs: 1_000, timeoutMs: 60_000 };

/** What takes place, in its order: a renewal for the other direction is none. */
const done = (operations: readonly { kind: string; at?: string }[]): string[] =>
  operations.filter(({ at }) => at !== 'undo').map(({ kind }) => kind);

it('renews replicas after the file was edited, and on the way back after it was restored', () => {
  const there = withRenewal(file, { 'api-gateway': 3 }, times);
  const back = there.toReversed().flatMap((operation) => undoOf(operation) ?? []);
  expect(done(there)).toEqual(['editComposeFile', 'renewService']);
  expect(done(back)).toEqual(['restoreComposeFile', 'renewService']);
});
