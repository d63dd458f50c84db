import { parseDurationMs, parsePerMinute } from '../../config/units.ts';

/** A flag that fills one field of a procedure's input, in the form a person writes. */
export interface InputFlag {
  flags: string;
  /** Where its value goes: `readyTimeoutMs`, `event.name`. A procedure whose input has no such field refuses the flag. */
  field: string;
  doc: string;
  choices?: readonly string[];
  /** The value as the input wants it. Throws with what was expected and an example. Left out: the text itself. */
  parse?: (text: string) => unknown;
  /** `NAME=VALUE`, may be repeated: fills a record, or with `true` a list. */
  pairs?: string;
  list?: true;
}

/** A whole number as it stands: the schema says which are allowed. */
const parseCount = (text: string): number => {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new Error('is no number');
  return Number(text);
};

/** The flags of `run`, `plan` and `schedule create`, in the order of the help; `change` takes some of them. */
export const inputFlags: readonly InputFlag[] = [
  {
    flags: '--set <service=replicas>',
    field: 'targets',
    doc: 'replicas of a service in place of the catalog’s target; repeat it for more',
    parse: parseCount,
    pairs: 'service=3',
  },
  {
    flags: '--service <name>',
    field: 'services',
    doc: 'only this service; repeat it for more',
    list: true,
  },
  { flags: '--requested-by <who>', field: 'requestedBy', doc: 'who asks (default: $USER)' },
  { flags: '--reason <text>', field: 'reason', doc: 'why; stands in the history' },
  {
    flags: '--approval <when>',
    field: 'approval',
    doc: 'ask before anything is changed',
    choices: ['none', 'required'],
  },
  {
    flags: '--approval-timeout <time>',
    field: 'approvalTimeoutMs',
    doc: 'how long it waits for approval, for example 30m',
    parse: parseDurationMs,
  },
  {
    flags: '--lease-timeout <time>',
    field: 'leaseTimeoutMs',
    doc: 'how long it waits for services that another procedure holds',
    parse: parseDurationMs,
  },
  {
    flags: '--on-failure <what>',
    field: 'onFailure',
    doc: 'what a step that cannot go on does',
    choices: ['rollback', 'hold'],
  },
  {
    flags: '--ready-timeout <time>',
    field: 'readyTimeoutMs',
    doc: 'how long a new replica may take, for example 90s',
    parse: parseDurationMs,
  },
  {
    flags: '--to <where>',
    field: 'to',
    doc: 'what to go back to: snapshot, or what else the procedure knows',
  },
  {
    flags: '--procedure-id <id>',
    field: 'procedureId',
    doc: 'the procedure that is put back or scaled down',
  },
  { flags: '--event <name>', field: 'event.name', doc: 'name of the event' },
  {
    flags: '--start <date>',
    field: 'event.start',
    doc: 'when the event starts: 2026-12-01T20:00:00+01:00, or without the offset and with --time-zone',
  },
  { flags: '--end <date>', field: 'event.end', doc: 'when the event ends, in the same form' },
  {
    flags: '--length <time>',
    field: 'event.lengthMs',
    doc: 'how long the event takes, for example 3h',
    parse: parseDurationMs,
  },
  {
    flags: '--time-zone <name>',
    field: 'event.timeZone',
    doc: 'whose clocks --start and --end mean, for example Europe/Berlin',
  },
  {
    flags: '--peak <service=rate>',
    field: 'peaks',
    doc: 'rate of a service that is expected, for example api-gateway=5000/min; repeat it for more',
    parse: parsePerMinute,
    pairs: 'service=5000/min',
  },
  {
    flags: '--soak <time>',
    field: 'soakMs',
    doc: 'how long each step is watched before the next, for example 15m',
    parse: parseDurationMs,
  },
];
