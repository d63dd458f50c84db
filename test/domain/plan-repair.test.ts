import { describe, expect, it } from 'vitest';
import { planRepair, type RepairInput, type TracedProcedure } from '../../domain/plan-repair.ts';
import { catalogOf, observationOf, serviceSeen, spec } from './builders.ts';

const catalog = catalogOf([spec('web', { priority: 1 }), spec('worker', { priority: 2 })], {
  kafka: { brokers: ['localhost:9092'], service: 'kafka' },
});
const traced = (more: Partial<TracedProcedure> = {}): TracedProcedure => ({
  procedureId: 'incident',
  state: 'cut-off',
  snapshot: {},
  edits: [],
  operations: [],
  ...more,
});
const plan = (procedures: TracedProcedure[], more: Partial<RepairInput> = {}) =>
  planRepair({
    catalog,
    catalogHash: 'c0ffee',
    observation: observationOf({ services: [serviceSeen('web', 3), serviceSeen('worker', 1)] }),
    procedures,
    upstreamMatches: undefined,
    staleLeases: [],
    throttled: [],
    movingPartitions: 0,
    mode: 'undo',
    backup: 'copy',
    ...more,
  });
const rules = ({ notes }: { notes: readonly { rule: string }[] }) => notes.map(({ rule }) => rule);

describe('the plan of a repair', () => {
  it('goes back to what ran before, of several to what ran before the oldest', () => {
    const { steps } = plan([
      traced({ snapshot: { web: 1 } }),
      traced({ procedureId: 'later', snapshot: { web: 2 } }),
    ]);
    expect(steps.map(({ title }) => title)).toEqual(['Scale web from 3 to 1 replica']);
  });

  it('has nothing to do where what runs is what ran before', () => {
    expect(plan([traced({ snapshot: { web: 3 } })])).toMatchObject({
      steps: [],
      finding: 'nothing is left over',
    });
  });

  it('undoes what was begun on a database, last first, and what was begun last before the rest', () => {
    const one = {
      kind: 'applySettings',
      service: 'redis',
      database: 'redis',
      from: { a: '1' },
      to: { a: '2' },
    } as const;
    const two = { kind: 'resizeContainer', service: 'redis', from: { cpus: 1 }, to: { cpus: 2 } } as const;
    const made = plan([
      traced({ procedureId: 'older', operations: [one, two] }),
      traced({ procedureId: 'newer', operations: [one] }),
    ]);
    expect(made.steps.map(({ id }) => id)).toEqual(['undo-newer', 'undo-older']);
    expect(made.steps[1]?.operations).toEqual([
      { ...two, from: { cpus: 2 }, to: { cpus: 1 } },
      { ...one, from: { a: '2' }, to: { a: '1' } },
    ]);
    expect(rules(made)).toContain('repair.operation');
  });

  it('takes the services of a replica away again, with the slot', () => {
    const common = { service: 'postgres', database: 'postgres', slot: 'one', at: 'apply' } as const;
    const admit = { kind: 'admitReplica', ...common } as const;
    const add = { kind: 'addReadReplica', ...common, added: {}, dataFolder: '/data', backup: 'b' } as const;
    const [step] = plan([traced({ operations: [admit, add] })]).steps;
    expect(step?.operations.map(({ kind, ...rest }) => [kind, 'at' in rest && rest.at])).toEqual([
      ['addReadReplica', 'undo'],
      ['admitReplica', 'undo'],
    ]);
    expect(step?.service).toBe('postgres');
  });

  it('says what cannot be undone, and plans nothing for it', () => {
    const raised = { kind: 'increasePartitions', service: 'kafka', topic: 't', from: 10, to: 20 } as const;
    const made = plan([traced({ snapshot: { web: 1 }, operations: [raised] })]);
    expect(made.steps.flatMap(({ operations }) => operations.map(({ kind }) => kind))).toContain(
      'keepPartitions',
    );
  });

  it('takes a throttle off that nobody needs, and leaves one that a move needs', () => {
    const { steps } = plan([], { throttled: ['broker 1'] });
    expect(steps.map(({ id }) => id)).toEqual(['repair-throttle']);
    const moving = plan([], { throttled: ['broker 1'], movingPartitions: 2 });
    expect(moving.steps).toEqual([]);
    expect(rules(moving)).toEqual(['repair.reassignment']);
  });

  it('shows the leases of those who have ended, which need no step', () => {
    const made = plan([], { staleLeases: [{ service: 'web', holder: 'incident' }] });
    expect(made.steps).toEqual([]);
    expect(rules(made)).toEqual(['repair.lease']);
  });

  it('adopts without a word on what ran before', () => {
    const made = plan([traced({ snapshot: { web: 1 } })], { mode: 'adopt' });
    expect(made).toMatchObject({ steps: [], finding: 'what runs is declared right' });
  });

  it('is refused for one that still runs, but for a show', () => {
    const running = traced({ state: 'running' });
    expect(plan([running]).refusals.map(({ path }) => path)).toEqual(['procedureId']);
    expect(plan([running], { mode: 'show' }).refusals).toEqual([]);
  });
});

describe('the plan of a repair after an edit of the compose file', () => {
  const edits = [{ edits: { web: { replicas: 3, limits: { cpus: 1 } } }, backup: 'copy' }];

  it('puts the file back and renews what runs by it', () => {
    const { steps } = plan([traced({ snapshot: { web: 1 }, edits })]);
    expect(steps.map(({ title }) => title)).toEqual([
      'Scale web from 3 to 1 replica',
      'Put the compose file back as in copy',
      'Renew web by the compose file of before',
    ]);
    expect(steps.at(-1)?.operations).toMatchObject([{ kind: 'renewService', service: 'web', replicas: 1 }]);
    expect(
      plan([traced({ edits: [{ edits: { web: { replicas: 3 } }, backup: 'copy' }] })]).steps,
    ).toHaveLength(1);
  });

  it('shows the lines that it wrote, and those of somebody else that keep it from being put back', () => {
    const file = { own: ['-replicas: 1', '+replicas: 3'], foreign: ['+# by hand'] };
    const messages = plan([traced({ edits, file })]).notes.map(({ message }) => message);
    expect(messages).toContain('incident wrote into the compose file: -replicas: 1 | +replicas: 3');
    expect(messages).toContain(
      'somebody else has edited the compose file since, so it is held and not put back: +# by hand',
    );
  });
});
