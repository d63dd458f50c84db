import type { Container } from './observe.ts';

/*
 * Most of the time between two containers on one volume is the engine's: a network sandbox, a cgroup, a process. A container that waits has all
 * that behind it. Its program begins when the one before it has ended, and not a moment sooner: two servers on one volume would destroy it.
 */

type Entrypoint = Container['Config']['Entrypoint'];

/** A container waits for as long as this file of its own is not empty; what is copied from it does not have the file, and never waits. */
export const waitsFile = '/.crescendo-waits';
/** A program that runs already takes no notice of it, in case it is sent twice. */
export const openingSignal = 'SIGCONT';
/** Takes the place of the shell's own name, by which one that was made to wait is known. */
const mark = 'crescendo-waits';
/** Looks once a second, should the signal be lost. Told to stop, it does, which PID 1 would not by itself. */
const untilOpened = [
  'opened=',
  'trap "exit 143" TERM INT QUIT',
  'trap "opened=yes" CONT',
  `while [ -z "$opened" ] && [ -s ${waitsFile} ]; do sleep 1 & wait $!; kill $! 2>/dev/null; done`,
  'wait',
  'trap - TERM INT QUIT CONT',
  'exec "$@"',
].join('\n');

/** The same entrypoint, behind a door. */
export const behindDoor = (entrypoint: Entrypoint): string[] => [
  'sh',
  '-c',
  untilOpened,
  mark,
  ...withoutDoor(entrypoint),
];

/** What the image or the compose file says. */
export const withoutDoor = (entrypoint: Entrypoint): string[] => {
  const list = listOf(entrypoint);
  return list[3] === mark ? list.slice(4) : list;
};

export const hasDoor = ({ Config }: Container): boolean => listOf(Config.Entrypoint)[3] === mark;

const listOf = (entrypoint: Entrypoint): string[] =>
  typeof entrypoint === 'string' ? [entrypoint] : [...(entrypoint ?? [])];
