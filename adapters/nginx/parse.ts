/** A range of a text: from `start`, up to and without `end`. */
export interface Range {
  start: number;
  end: number;
}

/** A directive of nginx' configuration with where it stands; `body` is what is between the braces of a block. */
export interface Directive extends Range {
  words: string[];
  body?: Range;
}

export interface UpstreamServer {
  address: string;
  /** As they are written, in their order: `max_fails=3`. */
  parameters: string[];
}

export interface Upstream {
  block: Directive;
  servers: (UpstreamServer & Range)[];
}

/**
 * The directives of a stretch of configuration, outermost level only. Knows comments, both kinds of quotes and escapes, so that a brace or
 * a semicolon in one of them does not end anything. Text that ends in the middle of a directive is left out.
 */
export const directivesOf = (text: string, within: Range = { start: 0, end: text.length }): Directive[] => {
  const found: Directive[] = [];
  let open: { start: number; words: string[] } | undefined;
  let position = within.start;
  while (position < within.end) {
    const token = nextToken(text, position, within.end);
    position = token.end;
    if (token.kind === 'blank') continue;
    if (token.kind === 'word') {
      open ??= { start: token.start, words: [] };
      open.words.push(token.text);
      continue;
    }
    if (token.kind === 'end') {
      if (open !== undefined) found.push({ ...open, end: token.end });
      open = undefined;
      continue;
    }
    if (token.kind === 'close') return found;
    const body = { start: token.end, end: endOfBlock(text, token.end, within.end) };
    position = body.end + 1;
    found.push({ start: open?.start ?? token.start, words: open?.words ?? [], end: position, body });
    open = undefined;
  }
  return found;
};

/** The named upstream and its servers; `undefined` when the text has none of that name. Looks into `http` blocks too. */
export const findUpstream = (text: string, name: string, within?: Range): Upstream | undefined => {
  for (const block of directivesOf(text, within)) {
    if (block.body === undefined) continue;
    if (block.words[0] === 'http') return findUpstream(text, name, block.body);
    if (block.words[0] !== 'upstream' || block.words[1] !== name) continue;
    const servers = directivesOf(text, block.body)
      .filter(({ words }) => words[0] === 'server')
      .map(({ words, start, end }) => ({ address: words[1] ?? '', parameters: words.slice(2), start, end }));
    return { block, servers };
  }
  return undefined;
};

interface Token extends Range {
  kind: 'blank' | 'word' | 'end' | 'open' | 'close';
  text: string;
}

const nextToken = (text: string, start: number, limit: number): Token => {
  const first = text[start] ?? '';
  if (first === ';') return { kind: 'end', text: first, start, end: start + 1 };
  if (first === '{') return { kind: 'open', text: first, start, end: start + 1 };
  if (first === '}') return { kind: 'close', text: first, start, end: start + 1 };
  if (/\s/.test(first)) return { kind: 'blank', text: first, start, end: start + 1 };
  if (first === '#') return { kind: 'blank', text: '', start, end: endOfLine(text, start, limit) };
  const end = first === '"' || first === "'" ? endOfQuote(text, start, limit) : endOfWord(text, start, limit);
  const written = text.slice(start, end);
  return { kind: 'word', text: /^(["']).*\1$/s.test(written) ? written.slice(1, -1) : written, start, end };
};

const endOfLine = (text: string, start: number, limit: number): number => {
  const newline = text.indexOf('\n', start);
  return newline === -1 || newline > limit ? limit : newline;
};

const endOfQuote = (text: string, start: number, limit: number): number => {
  let position = start + 1;
  while (position < limit && text[position] !== text[start]) position += text[position] === '\\' ? 2 : 1;
  return Math.min(position + 1, limit);
};

/** `${name}` is part of a word, its brace opens no block. */
const endOfWord = (text: string, start: number, limit: number): number => {
  let position = start;
  while (position < limit && !/[\s;{}]/.test(text[position] ?? '')) {
    if (text[position] === '\\') position += 1;
    if (text.startsWith('${', position)) position = Math.max(position, text.indexOf('}', position));
    position += 1;
  }
  return Math.min(position, limit);
};

const endOfBlock = (text: string, start: number, limit: number): number => {
  let depth = 1;
  let position = start;
  while (position < limit) {
    const token = nextToken(text, position, limit);
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') depth -= 1;
    if (depth === 0) return position;
    position = token.end;
  }
  return limit;
};
