/** Lines as Spring Boot writes them: time, level, text. Errors go to the same stream, as in a container. */
const write = (level: string, text: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${level.padEnd(5)} ${text}\n`);
};

export const log = {
  info: (text: string): void => write('INFO', text),
  warn: (text: string): void => write('WARN', text),
  error: (text: string, cause?: unknown): void =>
    write('ERROR', cause === undefined ? text : `${text}: ${reasonOf(cause)}`),
};

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
