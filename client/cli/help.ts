import { Help, type Command, type Option } from 'commander';
import { hasField } from '../input-fields.ts';
import { procedureNames, procedures, type ProcedureName } from '../procedures.ts';
import { badInput } from './cli-error.ts';
import { inputFlags } from './input-flags.ts';
import { keyOf } from './input-options.ts';
import { procedureHelp } from './procedure-help.ts';
import { print } from './terminal.ts';

/** `crescendo help [NAME]`: of a command, or of a procedure with every field of its input. */
export const helpCommand = (program: Command): void => {
  program.helpCommand(false);
  program
    .command('help')
    .argument('[name]', 'a command or a procedure')
    .description('help of a command, or of a procedure with every field of its input')
    .addHelpText('after', '\nExamples:\n  $ crescendo help run\n  $ crescendo help emergencyScaling')
    .action((name: string | undefined) => {
      if (name === undefined) return program.outputHelp();
      const command = program.commands.find((one) => one.name() === name);
      if (command !== undefined) return command.outputHelp();
      const procedure = procedureNames.find((one) => one === name);
      if (procedure !== undefined) return print(procedureHelp(procedure));
      const known = [...program.commands.map((one) => one.name()), ...procedureNames].join(', ');
      throw badInput([{ path: 'help', message: `${name} is no command and no procedure: ${known}` }]);
    });
};

/** `--help` behind a procedure shows its own flags and fields; without one, all flags and the list of procedures. */
export const withProcedureHelp = (command: Command, list: () => string): Command =>
  command.configureHelp({ visibleOptions: optionsOf }).addHelpText('after', () => {
    const procedure = procedureIn(command);
    return procedure === undefined ? list() : `\n${procedureHelp(procedure)}`;
  });

const procedureIn = ({ args }: Command): ProcedureName | undefined =>
  procedureNames.find((name) => args.includes(name));

function optionsOf(command: Command): Option[] {
  const options = new Help().visibleOptions(command);
  const procedure = procedureIn(command);
  if (procedure === undefined) return options;
  const foreign = inputFlags.filter(({ field }) => !hasField(procedures[procedure].input, field)).map(keyOf);
  return options.filter((option) => !foreign.includes(option.attributeName()));
}
