import { fieldsOf, type InputField } from '../input-fields.ts';
import { procedureNames, procedures, type ProcedureName } from '../procedures.ts';

const columns = 100;

/** The procedures with a sentence each. */
export function procedureList(): string {
  const width = Math.max(...procedureNames.map(({ length }) => length));
  const lines = procedureNames.map((name) => `  ${name.padEnd(width)}  ${procedures[name].sentence}`);
  return ['Procedures:', ...lines].join('\n');
}

/** All that a person needs to start a procedure: what it does, every field of its input, examples for terminal and UI. */
export function procedureHelp(name: ProcedureName): string {
  const { details, examples, input, json, sentence, takesLease } = procedures[name];
  const command = (flags: string): string => `  $ crescendo run ${name} ${flags}`.trimEnd();
  return [
    `${name}: ${sentence}.`,
    ...wrapped(details, ''),
    takesLease
      ? 'It takes the lease of what it changes; a dry run takes none.'
      : 'It changes nothing and takes no lease.',
    '',
    'Fields of its input (--input takes them as one JSON object):',
    ...fieldsOf(input).flatMap(fieldLines),
    '',
    'Examples:',
    ...examples.map(command),
    '',
    `In the Temporal UI: workflow type ${name}, task queue crescendo-<environment>, and as its input`,
    JSON.stringify(json, null, 2),
  ].join('\n');
}

function fieldLines({ path, type, required, byDefault, doc }: InputField): string[] {
  const more = required ? ', required' : byDefault === undefined ? '' : `, default ${byDefault}`;
  return [`  ${path}  (${type}${more})`, ...wrapped(doc, '      ')];
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > columns) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
