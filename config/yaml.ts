import { parseDocument } from 'yaml';

export interface Problem {
  /** `services.web.replicas.max`, or `line 3` for a syntax error. */
  path: string;
  message: string;
}

/** More than any catalog or compose file needs; read whole only below it. */
export const maxFileBytes = 1024 * 1024;

/**
 * Safe YAML: plain data only (no tags that make objects), merge keys as Compose has them, no doubled keys, a limit on
 * aliases. Syntax errors come as problems with their line.
 */
export const readYaml = (
  text: string,
  { unknownTags = 'refuse' }: { unknownTags?: 'refuse' | 'ignore' } = {},
): { data: unknown; problems: Problem[] } => {
  if (Buffer.byteLength(text) > maxFileBytes)
    return {
      data: undefined,
      problems: [{ path: '', message: `is larger than ${maxFileBytes / 1024} KiB` }],
    };
  const document = parseDocument(text, { merge: true, schema: 'core', prettyErrors: true });
  const problems = [...document.errors, ...(unknownTags === 'refuse' ? document.warnings : [])].map(
    ({ linePos, message }) => ({
      path: linePos === undefined ? '' : `line ${linePos[0].line}`,
      message: firstLine(message),
    }),
  );
  if (problems.length > 0) return { data: undefined, problems };
  try {
    return { data: document.toJS({ maxAliasCount: 100 }) as unknown, problems };
  } catch (error) {
    // An alias that is not there, or a bomb of aliases.
    return { data: undefined, problems: [{ path: '', message: firstLine(String(error)) }] };
  }
};

/** The parser adds the place and a drawing of it, which `path` says already. */
const firstLine = (message: string): string =>
  (message.split('\n')[0] ?? message)
    .replace(/ at line \d+, column \d+:?$/, '')
    .replace(/; please use YAML.*$/, ': keep one');
