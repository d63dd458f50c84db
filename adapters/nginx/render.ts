import type { LoadBalancerSpec } from '../../domain/catalog.ts';
import { findUpstream } from './parse.ts';

/** Who wrote the server list; stands as a comment in the upstream block. */
export interface Mark {
  operationId: string;
  fencingToken: number;
  /** Written, but nginx has not been seen to work with it yet: a retry must reload. */
  pending: boolean;
}

/** The runbook's 2.4. */
const serverParameters = ['max_fails=3', 'fail_timeout=30s'];
const indent = '    ';
const markStart = '# crescendo:';
const markLine =
  /^[ \t]*# crescendo: operation (?<operation>\S+) with fencing token (?<token>\d+)(?<pending>, not loaded yet)?[ \t]*\r?\n?/m;

/** The address of a replica in the upstream: its container name, which Docker's DNS knows, and the port. */
export const serverAddresses = (spec: LoadBalancerSpec, replicas: readonly string[]): string[] =>
  replicas.map((name) => `${name}:${spec.upstreamPort}`);

/** The whole file of the runbook's 2.4, for a balancer that has none yet. */
export const renderFile = (spec: LoadBalancerSpec, servers: readonly string[], mark: Mark): string =>
  `upstream ${spec.upstreamName} {
    least_conn;
${serverLines(servers, mark)}}

server {
    listen ${spec.listenPort};
    server_name ${spec.serverName};

    location / {
        proxy_pass http://${spec.upstreamName};
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;

        proxy_next_upstream error timeout http_500 http_502 http_503;
        proxy_connect_timeout 5s;
        proxy_send_timeout 60s;
        proxy_read_timeout 60s;
    }
}
`;

/**
 * The file with another server list in the named upstream: the `server` lines of the block are replaced, its other directives and everything
 * outside of it stay byte for byte. `undefined` when there is no such upstream.
 */
export const replaceServers = (
  text: string,
  upstreamName: string,
  servers: readonly string[],
  mark: Mark,
): string | undefined => {
  const body = findUpstream(text, upstreamName)?.block.body;
  if (body === undefined) return undefined;
  const block = text.slice(body.start, body.end).replace(markLine, '');
  const withoutMark = `${text.slice(0, body.start)}${block}${text.slice(body.end)}`;
  return insertServers(withoutMark, upstreamName, serverLines(servers, mark));
};

/** Takes the old server lines out and puts the new ones where the first of them was, or at the end of the block. */
const insertServers = (text: string, upstreamName: string, lines: string): string | undefined => {
  const upstream = findUpstream(text, upstreamName);
  const body = upstream?.block.body;
  if (upstream === undefined || body === undefined) return undefined;
  const first = upstream.servers[0];
  const at =
    first === undefined ? lineStart(text, body.end, body.start) : lineStart(text, first.start, body.start);
  const cuts = upstream.servers.map((server) => ({
    start: lineStart(text, server.start, body.start),
    end: lineEnd(text, server.end, body.end),
  }));
  const kept = cuts.reduceRight((rest, cut) => rest.slice(0, cut.start) + rest.slice(cut.end), text);
  const before = kept.slice(0, at);
  return `${before}${before.endsWith('\n') ? '' : '\n'}${lines}${kept.slice(at)}`;
};

/** Start of the line when only blanks stand before the position, so that the indent goes with the directive. */
const lineStart = (text: string, position: number, limit: number): number => {
  let start = position;
  while (start > limit && (text[start - 1] === ' ' || text[start - 1] === '\t')) start -= 1;
  return start;
};

/** Past the line break when only blanks follow: a comment behind a directive stays. */
const lineEnd = (text: string, position: number, limit: number): number => {
  const rest = /^[ \t]*\r?\n/.exec(text.slice(position, limit));
  return position + (rest?.[0].length ?? 0);
};

const serverLines = (servers: readonly string[], mark: Mark): string =>
  [
    `${markStart} operation ${mark.operationId} with fencing token ${mark.fencingToken}${mark.pending ? ', not loaded yet' : ''}`,
    ...servers.map((address) => `server ${[address, ...serverParameters].join(' ')};`),
  ]
    .map((line) => `${indent}${line}\n`)
    .join('');

/** The mark in the named upstream, `undefined` for a block that Crescendo has not written. */
export const readMark = (text: string, upstreamName: string): Mark | undefined => {
  const body = findUpstream(text, upstreamName)?.block.body;
  const groups = body === undefined ? undefined : markLine.exec(text.slice(body.start, body.end))?.groups;
  if (groups === undefined) return undefined;
  return {
    operationId: groups['operation'] ?? '',
    fencingToken: Number(groups['token']),
    pending: groups['pending'] !== undefined,
  };
};

/** Whether the upstream has exactly these servers with the runbook's parameters, in any order. */
export const hasServers = (text: string, upstreamName: string, servers: readonly string[]): boolean => {
  const present = findUpstream(text, upstreamName)?.servers.map(({ address, parameters }) =>
    [address, ...parameters.toSorted()].join(' '),
  );
  const wanted = servers.map((address) => [address, ...serverParameters.toSorted()].join(' '));
  return present !== undefined && present.toSorted().join('\n') === wanted.toSorted().join('\n');
};
