import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  visit,
  YAMLMap,
  type Document,
  type Node,
  type Scalar,
} from 'yaml';

/**
 * The mapping under a key, as one that belongs to this place alone, so that a change of it changes nothing else: an alias
 * becomes a copy of what it stands for, what only a merge key (`<<`) gives is copied, and a mapping that others refer to
 * leaves its anchor to the first of them. Made new where there is none.
 */
export function ownMap(document: Document, parent: YAMLMap, key: string): YAMLMap {
  const own = parent.get(key, true) as Node | undefined;
  const node = own ?? merged(document, parent, key);
  if (own !== undefined && isMap(own) && !isReferred(document, own)) return own;
  const copy = node === undefined || isNull(node) ? new YAMLMap() : copyOf(document, node);
  if (own !== undefined && isMap(own) && own.anchor !== undefined) handOver(document, own);
  parent.set(key, copy);
  return copy;
}

/** The library gives the key as a symbol where the schema knows merge keys. */
const isMergeKey = ({ source, value }: Scalar): boolean => source === '<<' || value === '<<';

const isNull = (node: Node): boolean => isScalar(node) && node.value === null;

function copyOf(document: Document, node: Node): YAMLMap {
  const source = isAlias(node) ? node.resolve(document) : node;
  if (!isMap(source)) throw new TypeError('is not a mapping');
  const copy = source.clone() as YAMLMap;
  delete copy.anchor;
  return copy;
}

/** What `<<: *alias` or `<<: [*a, *b]` gives under the key; the first that has it counts, as YAML says. */
function merged(document: Document, parent: YAMLMap, key: string): Node | undefined {
  for (const pair of parent.items) {
    if (!isPair(pair) || !isScalar(pair.key) || !isMergeKey(pair.key)) continue;
    const value = pair.value as Node;
    const sources = isAlias(value) || isMap(value) ? [value] : ((value as { items?: Node[] }).items ?? []);
    for (const source of sources) {
      const map = isAlias(source) ? source.resolve(document) : source;
      if (!isMap(map)) continue;
      const found = (map.get(key, true) as Node | undefined) ?? merged(document, map, key);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const isReferred = (document: Document, { anchor }: YAMLMap): boolean => {
  if (anchor === undefined) return false;
  let referred = false;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.source !== anchor) return undefined;
      referred = true;
      return visit.BREAK;
    },
  });
  return referred;
};

/** The first that refers to the mapping gets it, with its anchor: those after it refer to that. */
function handOver(document: Document, map: YAMLMap): void {
  let given = false;
  visit(document, {
    Alias: (_, alias) => {
      if (given || alias.source !== map.anchor) return undefined;
      given = true;
      return map.clone() as YAMLMap;
    },
  });
}
