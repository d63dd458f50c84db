import { describe, expect, it } from 'vitest';
import { findUpstream } from '../../../adapters/nginx/parse.ts';
import { hasServers, readMark, renderFile, replaceServers } from '../../../adapters/nginx/render.ts';
import type { LoadBalancerSpec } from '../../../domain/catalog.ts';

const spec: LoadBalancerSpec = {
  kind: 'nginx',
  service: 'nginx',
  upstreamService: 'api-gateway',
  upstreamName: 'api_gateway',
  upstreamPort: 8080,
  configFile: '/etc/nginx/conf.d/chat4all.conf',
  serverName: 'api.chat4all.com',
  listenPort: 80,
  url: 'http://localhost:8080',
  probePath: '/actuator/info',
};
const mark = { operationId: 'incident/gateway/1', fencingToken: 42, pending: false };
const three = [1, 2, 3].map((number) => `chat4all-api-gateway-${number}:8080`);

it('renders the file of the runbook', () => {
  expect(renderFile(spec, three, mark)).toBe(`upstream api_gateway {
    least_conn;
    # crescendo: operation incident/gateway/1 with fencing token 42
    server chat4all-api-gateway-1:8080 max_fails=3 fail_timeout=30s;
    server chat4all-api-gateway-2:8080 max_fails=3 fail_timeout=30s;
    server chat4all-api-gateway-3:8080 max_fails=3 fail_timeout=30s;
}

server {
    listen 80;
    server_name api.chat4all.com;

    location / {
        proxy_pass http://api_gateway;
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
`);
});

describe('a file that somebody has edited', () => {
  const edited = `# upstream api_gateway { not this one }
map $http_x "$x{" { default 'a;}'; }
upstream api_gateway_admin { server admin:9; }
upstream "api_gateway" { # our balancer
  ip_hash;
  server old-1:8080 weight=2; # the big one
  server old-2:8080
     backup;
  keepalive 16;
}
server { listen 80; location ~ ^/\\{x\\} { return 200 "}"; } proxy_pass http://$\{host}_x; }
`;

  it('keeps everything but the server lines of the named upstream, byte for byte', () => {
    expect(replaceServers(edited, 'api_gateway', ['new-1:8080'], mark)).toBe(
      edited.replace(
        `  server old-1:8080 weight=2; # the big one
  server old-2:8080
     backup;
`,
        `    # crescendo: operation incident/gateway/1 with fencing token 42
    server new-1:8080 max_fails=3 fail_timeout=30s;
 # the big one
`,
      ),
    );
  });

  it('is the same again when the servers go there and back', () => {
    const there = replaceServers(edited, 'api_gateway', three, mark) ?? '';
    const back = replaceServers(there, 'api_gateway', ['new-1:8080'], mark) ?? '';
    expect(replaceServers(back, 'api_gateway', three, mark)).toBe(there);
  });

  it('keeps its line ends', () => {
    const windows = edited.replaceAll('\n', '\r\n');
    const next = replaceServers(windows, 'api_gateway', three, mark) ?? '';
    expect(next.startsWith(windows.slice(0, windows.indexOf('  server old-1')))).toBe(true);
    expect(next.endsWith(windows.slice(windows.indexOf('  keepalive')))).toBe(true);
  });

  it('gets servers where its upstream has none, and on one line too', () => {
    expect(replaceServers('upstream api_gateway { ip_hash; }', 'api_gateway', ['a:1'], mark)).toBe(
      `upstream api_gateway { ip_hash;
    # crescendo: operation incident/gateway/1 with fencing token 42
    server a:1 max_fails=3 fail_timeout=30s;
 }`,
    );
  });

  it('without such an upstream is left alone', () => {
    expect(replaceServers(edited, 'api', three, mark)).toBeUndefined();
  });

  it('with the upstream inside of http is found as well', () => {
    const found = findUpstream('events {} http { upstream x { server a:1 down; } }', 'x');
    expect(found?.servers).toMatchObject([{ address: 'a:1', parameters: ['down'] }]);
  });

  it('that breaks off in the middle does not hang the reader', () => {
    for (const text of [
      'upstream api_gateway {',
      'upstream api_gateway { server "a',
      'upstream',
      '}',
      '{',
      '"\\',
    ])
      expect(() => findUpstream(text, 'api_gateway')).not.toThrow();
  });
});

it('counts servers as right in any order, but not with other parameters', () => {
  const text = renderFile(spec, three, mark);
  expect(hasServers(text, 'api_gateway', three.toReversed())).toBe(true);
  expect(hasServers(text, 'api_gateway', three.slice(1))).toBe(false);
  expect(hasServers(text.replace('max_fails=3', 'max_fails=1'), 'api_gateway', three)).toBe(false);
});

it('reads back who wrote it', () => {
  expect(readMark(renderFile(spec, three, { ...mark, pending: true }), 'api_gateway')).toEqual({
    ...mark,
    pending: true,
  });
  expect(readMark('upstream api_gateway { server a:1; }', 'api_gateway')).toBeUndefined();
});
