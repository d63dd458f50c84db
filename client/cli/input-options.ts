import { Option, type Command } from 'commander';
import { inputFlags, type InputFlag } from './input-flags.ts';

const collect = (text: string, all: string[] | undefined): string[] => [...(all ?? []), text];

export const optionOf = ({ flags, doc, choices, pairs, list }: InputFlag): Option => {
  const option = new Option(flags, doc);
  if (choices !== undefined) option.choices(choices);
  if (pairs !== undefined || list === true) option.argParser(collect);
  return option;
};

/** Options that make the input of a procedure; `own` are flags that the command has for itself. */
export const withInput = (command: Command, own: readonly string[] = []): Command => {
  const taken = inputFlags.filter(({ flags }) => !own.includes(flags.split(' ')[0] ?? ''));
  for (const flag of taken) command.addOption(optionOf(flag));
  return command
    .option(
      '--field <path=value>',
      'any other field of the input, times with their unit: stepMs=2m; repeat it for more',
      collect,
    )
    .option('--input <json|@file|->', 'the whole input as one JSON object; flags go before it');
};

/** The name under which commander keeps a flag's value. */
export const keyOf = (flag: InputFlag): string => optionOf(flag).attributeName();
