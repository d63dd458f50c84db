import { describe, expect, it } from 'vitest';
import { undoPlan } from '../../domain/undo.ts';
import { fileStepAfter, waveSteps } from '../../domain/wave-steps.ts';
import { catalogOf, spec } from './builders.ts';

const catalog = catalogOf([spec('web', { priority: 1 })]);
const wave = { id: 'wave-1', share: 0.5, atMs: 0, replicas: { web: 2 } };
const kindsOf = (edits: object) => {
  const [file] = waveSteps(catalog, wave, { now: { web: 1 }, causes: {}, edits: { web: edits } });
  return (file?.operations ?? []).map((operation) =>
    operation.kind === 'renewService' ? `${operation.kind} ${operation.at}` : operation.kind,
  );
};

describe('what a wave writes into the compose file', () => {
  it('is the count alone where the resources stay: nothing needs to be made anew', () => {
    expect(kindsOf({ replicas: 2 })).toEqual(['editComposeFile']);
  });

  it('is followed by the replicas that run where the resources change, there and back', () => {
    const resources = { replicas: 2, limits: { memoryBytes: 2 ** 30 } };
    expect(kindsOf(resources)).toEqual(['renewService undo', 'editComposeFile', 'renewService apply']);
    const [file] = waveSteps(catalog, wave, { now: { web: 1 }, causes: {}, edits: { web: resources } });
    const undone = undoPlan(file?.operations ?? []).map(({ kind }) => kind);
    expect(undone.indexOf('restoreComposeFile')).toBeLessThan(undone.lastIndexOf('renewService'));
  });

  it('goes back edit by edit after the event where it had given resources, and replicas follow the file', () => {
    const limits = { memoryBytes: 2 ** 30 };
    const edit = (replicas: number) => ({
      kind: 'editComposeFile' as const,
      service: 'platform',
      edits: { web: { replicas, limits } },
      backup: `before-${replicas}`,
    });
    const step = fileStepAfter({
      edits: { web: { replicas: 1 } },
      now: { web: 1 },
      done: [edit(2), edit(3)],
    });
    expect(
      step.operations.map((operation) =>
        'backup' in operation ? `${operation.kind} ${operation.backup}` : operation.kind,
      ),
    ).toEqual([
      'restoreComposeFile before-3',
      'restoreComposeFile before-2',
      'editComposeFile docker-compose.yml.backup.<time>',
      'renewService',
    ]);
  });
});
