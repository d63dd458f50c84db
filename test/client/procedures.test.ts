import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../config/load.ts';
import { checkInput } from '../../client/check-input.ts';
import { withInput } from '../../client/cli/input-options.ts';
import { buildInput } from '../../client/cli/input.ts';
import { fieldsOf, hasField } from '../../client/input-fields.ts';
import { procedureNames, procedures } from '../../client/procedures.ts';
import * as workflows from '../../workflows/index.ts';

const { catalog } = await loadCatalog('config/chat4all.yaml');

/** The words of an example as a shell would hand them over. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

it('every procedure that the workers have can be started by a client, and no other', () => {
  const exported = Object.keys(workflows).filter((name) => name !== 'lease');
  expect(procedureNames.toSorted((a, b) => a.localeCompare(b))).toEqual(
    exported.toSorted((a, b) => a.localeCompare(b)),
  );
});

describe.each(procedureNames)('%s', (name) => {
  const { input, json, examples, sentence, summary, workflowId, services } = procedures[name];

  it('every field of its input says what it is', () => {
    const silent = fieldsOf(input).filter(({ doc, path }) => doc === '' && !/(\[\]|\*)$/.test(path));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('the example for the Temporal UI is an input that is taken, with services of the catalog', () => {
    const request = checkInput(name, json, catalog);
    expect(workflowId(request)).toMatch(/^crescendo-chat4all-/);
    expect(summary(request)).not.toBe('');
  });

  it.each(examples)('the example `%s` is an input that is taken', (line) => {
    const run = withInput(new Command('run')).option('--dry-run').exitOverride();
    const command = run.parse(wordsOf(line), { from: 'user' });
    checkInput(name, buildInput(name, command.opts(), catalog), catalog);
  });

  it('is said in one sentence, and the fields with names of services are there', () => {
    expect(sentence).toMatch(/^[^.]{20,120}$/);
    expect(services.filter((field) => !hasField(input, field))).toEqual([]);
  });
});
