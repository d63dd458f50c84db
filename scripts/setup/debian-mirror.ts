import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The mirror that apt uses for Debian itself. Other sources stand beside it (Node, clouds, security updates); Debian's
 * own is the one with exactly the release's name as its suite, and with its `main`.
 */
export async function debianMirror(release: string): Promise<string | undefined> {
  for (const file of await sourceFiles()) {
    const text = await readFile(file, 'utf8');
    for (const source of file.endsWith('.sources') ? stanzas(text) : lines(text)) {
      if (source.suites.includes(release) && source.components.includes('main')) return source.uri;
    }
  }
  return undefined;
}

export interface AptSource {
  uri: string;
  suites: string[];
  components: string[];
}

async function sourceFiles(): Promise<string[]> {
  const folder = '/etc/apt/sources.list.d';
  const parts = existsSync(folder) ? await readdir(folder) : [];
  const files = parts.filter((name) => /\.(sources|list)$/.test(name)).map((name) => join(folder, name));
  return ['/etc/apt/sources.list', ...files].filter((file) => existsSync(file));
}

/** The deb822 form: `Types: deb`, `URIs: …`, `Suites: …`, `Components: …`. */
export const stanzas = (text: string): AptSource[] =>
  text
    .split(/\n\s*\n/)
    .map((stanza) => {
      const field = (name: string): string[] =>
        new RegExp(`^${name}:(.*)$`, 'mi').exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
      return {
        types: field('Types'),
        uris: field('URIs'),
        suites: field('Suites'),
        components: field('Components'),
      };
    })
    .flatMap(({ types, uris: [uri], suites, components }) =>
      types.includes('deb') && uri !== undefined ? [{ uri, suites, components }] : [],
    );

/** The one-line form: `deb [options] uri suite component…`. */
export const lines = (text: string): AptSource[] =>
  text.split('\n').flatMap((line) => {
    const [, uri, suite, components] =
      /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
    return uri === undefined || suite === undefined || components === undefined
      ? []
      : [{ uri, suites: [suite], components: components.split(/\s+/) }];
  });
