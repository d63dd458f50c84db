import { Option, type Command } from 'commander';

/**
 * Started as `temporal crescendo …`, the temporal CLI moves its own global flags before ours, wherever they stood:
 * `temporal crescendo run X --output json` arrives as `temporal-crescendo --output json run X`. So they are taken in
 * front of the command as well; those that mean nothing here are taken and have no effect.
 */
const handedOn = ['-o, --output <format>', '--profile <name>', '--config-file <file>', '--color <when>'];
const withoutEffect = [
  '--client-connect-timeout <time>',
  '--command-timeout <time>',
  '--disable-config-env',
  '--disable-config-file',
  '--env <name>',
  '--env-file <file>',
  '--log-format <format>',
  '--log-level <level>',
  '--no-json-shorthand-payloads',
  '--time-format <format>',
];

export function takeTemporalFlags(program: Command): void {
  for (const flags of [...handedOn, ...withoutEffect]) program.addOption(new Option(flags).hideHelp());
  program.enablePositionalOptions().hook('preAction', (_, command) => {
    const { output, profile, configFile, color } = program.opts<Record<string, string | undefined>>();
    if (color === 'never') process.env['NO_COLOR'] = '1';
    if (configFile !== undefined) process.env['TEMPORAL_CONFIG_FILE'] = configFile;
    give(command, 'output', output);
    give(command, 'profile', profile);
  });
}

/** What stands behind the command counts more. */
function give(command: Command, name: string, value: string | undefined): void {
  const option = command.options.find((one) => one.attributeName() === name);
  if (value === undefined || option === undefined || command.getOptionValueSource(name) === 'cli') return;
  if (option.argChoices !== undefined && !option.argChoices.includes(value)) {
    command.error(
      `error: option '--${name}' argument '${value}' is invalid. Allowed choices are ${option.argChoices.join(', ')}.`,
    );
  }
  command.setOptionValueWithSource(name, value, 'cli');
}

/** The temporal CLI moves `--help` to the front as well: it is the command's. */
export const helpLast = (args: readonly string[], program: Command): string[] => {
  const [first = '', second = '', ...rest] = args;
  const meant = ['-h', '--help'].includes(first) && program.commands.some((one) => one.name() === second);
  return meant ? [second, ...rest, first] : [...args];
};
