import { expect, it } from 'vitest';
import { renderTree } from '../../client/cli/tree.ts';
import type { Progress, StepReport } from '../../domain/procedure.ts';

const step = (id: string, more: Partial<StepReport>): StepReport => ({
  id,
  title: `scale ${id}`,
  service: id,
  status: 'pending',
  facts: [],
  ...more,
});

const progress: Progress = {
  procedure: 'emergencyScaling',
  environment: 'chat4all',
  phase: 'executing',
  finding: 'api-gateway is the bottleneck: 93 % CPU',
  waitingFor: 'the group to settle',
  steps: [
    step('a', {
      status: 'done',
      startedAtMs: 1_000,
      endedAtMs: 4_200,
      facts: ['created a-2', 'a-2 healthy'],
    }),
    step('b', { status: 'running', startedAtMs: 4_200, facts: ['created b-2', 'b-2 started'] }),
    step('c', { status: 'failed', error: { type: 'ReplicaCrashed', message: 'exit code 1' } }),
    step('d', {}),
  ],
  events: [{ atMs: 0, text: 'begun' }],
};

it('shows each step with its place, its time and its facts, and what it waits for', () => {
  const lines = renderTree(progress, { nowMs: 10_700, color: false, width: 80 }).split('\n');
  expect(lines).toEqual([
    'emergencyScaling on chat4all  executing  10 s',
    'api-gateway is the bottleneck: 93 % CPU',
    '✔ Step 1/4  scale a  3.2 s',
    '      a-2 healthy',
    '▶ Step 2/4  scale b  running  6.5 s',
    '      created b-2',
    '      b-2 started',
    '✘ Step 3/4  scale c  failed',
    '      ReplicaCrashed: exit code 1',
    '· Step 4/4  scale d',
    '  waits for the group to settle',
  ]);
});

it('says what comes next and when, by the clocks of the reader', () => {
  const due = Date.parse('2026-12-01T17:30:00Z');
  const planned: Progress = {
    ...progress,
    phase: 'waiting',
    steps: [step('a', { status: 'done' }), step('c', { dueAtMs: due + 1 }), step('b', { dueAtMs: due })],
  };
  const draw = (more: Partial<Progress>, nowMs: number) =>
    renderTree({ ...planned, ...more }, { nowMs, color: false, width: 120, timeZone: 'Europe/Berlin' });
  expect(draw({}, due - 25 * 60_000)).toContain('  next: scale b  in 25 min, at 2026-12-01T18:30:00+01:00');
  expect(draw({}, due)).toContain('next: scale b  now');
  expect(draw({ outcome: 'held' }, due)).not.toContain('next:');
});

it('never breaks a line of a narrow terminal, and stands still when it has ended', () => {
  const ended: Progress = {
    ...progress,
    outcome: 'rolled_back',
    events: [...progress.events, { atMs: 5_000, text: 'over' }],
  };
  const lines = renderTree(ended, { nowMs: 99_000, color: false, width: 40 }).split('\n');
  expect(lines[0]).toBe('emergencyScaling on chat4all  rolled ba…');
  expect(Math.max(...lines.map(({ length }) => length))).toBe(40);
  expect(renderTree(ended, { nowMs: 99_000, color: false, width: 80 })).toContain('rolled back  5 s');
});

it('is coloured only where it is wanted', () => {
  const plain = renderTree(progress, { nowMs: 0, color: false, width: 80 });
  const colored = renderTree(progress, { nowMs: 0, color: true, width: 80 });
  const escape = String.fromCodePoint(27);
  expect(plain).not.toContain(escape);
  expect(colored).toContain(escape);
  expect(colored.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '')).toBe(plain);
});
