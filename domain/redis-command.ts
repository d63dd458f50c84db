import type { RedisSettings } from './plan-redis.ts';

/** What a server without a configuration file has of what keeps its data, unless its command line says otherwise. */
const byDefault: Readonly<Record<string, string>> = { save: '3600 1 300 100 60 10000', appendonly: 'no' };

/**
 * Settings that decide whether data is there after a start: what they will be then, as CONFIG GET would say it. The command line wins over
 * a configuration file; where there is one, what the command line does not say is left out.
 */
export const persistenceAfterStart = (
  command: readonly string[],
  hasConfigFile: boolean,
): Record<string, string> => {
  const { save: saves, appendonly = [] } = flagsOf(command);
  const switched = appendonly.at(-1)?.[0]?.toLowerCase();
  return {
    ...(hasConfigFile ? {} : byDefault),
    ...(saves === undefined ? {} : { save: savesOf(saves) }),
    ...(switched === undefined ? {} : { appendonly: switched }),
  };
};

/** Each adds to the ones before it; an empty one takes them all away. */
const savesOf = (saves: readonly string[][]): string =>
  saves
    .map((values) => values.join(' ').trim())
    .reduce((before, point) => (point === '' ? '' : `${before} ${point}`.trim()), '');

/** Whether flags on its end reach redis-server: not where a shell or a script stands in between, other than the image's own. */
export const takesFlags = (command: readonly string[]): boolean => {
  const [program = 'redis-server'] = command;
  return program.startsWith('-') || /(^|\/)redis-server$|\.conf$/.test(program);
};

/** `--name value` in the arguments of redis-server, put or changed. */
export const withFlags = (command: readonly string[], settings: RedisSettings): string[] => {
  const names = Object.keys(settings);
  let isReplaced = false;
  const kept = command.filter((word) => {
    // Its values go with it, however many: `--save 900 1`.
    if (isFlag(word)) isReplaced = names.includes(nameOf(word));
    return !isReplaced;
  });
  return [...kept, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])];
};

/** The values of each flag, once for each time that it is given. */
const flagsOf = (command: readonly string[]): Record<string, string[][]> => {
  const found: Record<string, string[][]> = {};
  let values: string[] = [];
  for (const word of command) {
    if (!isFlag(word)) values.push(word);
    else (found[nameOf(word)] ??= []).push((values = []));
  }
  return found;
};

const isFlag = (word: string): boolean => word.startsWith('--');
const nameOf = (flag: string): string => flag.slice(2).toLowerCase();
