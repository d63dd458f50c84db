/**
 * Whether colours are wanted on a stream: a terminal, and nobody said NO_COLOR. Where it is no terminal Node says `undefined`,
 * which to others means: decide yourself.
 */
export const wantsColor = (out: { isTTY?: boolean }): boolean =>
  out.isTTY === true && process.env['NO_COLOR'] === undefined;

/** The time zone of whoever reads, from TZ or the machine. */
export const ownTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Someone is there who can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Asks on stderr, so that stdout stays the command's. No answer (Ctrl-C, Ctrl-D) is an empty one. */
export async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  terminal.once('SIGINT', () => left.abort()).once('close', () => left.abort());
  try {
    return (await terminal.question(question, { signal: left.signal })).trim();
  } catch (error) {
    if (!left.signal.aborted) throw error;
    tell('');
    return '';
  } finally {
    terminal.close();
  }
}

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
};
export const tell = (text: string): void => {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
};

/** One JSON document as a line of stdout. */
export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** A list for a program: one document (json), or one a line (jsonl). */
export const printJsonList = (list: readonly unknown[], output: string): void => {
  if (output !== 'jsonl') return printJson(list);
  for (const one of list) printJson(one);
};
