import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setUpstream } from '../../../adapters/nginx/change.ts';
import { renderFile } from '../../../adapters/nginx/render.ts';
import { startNginx, startReplicas, type LocalNginx } from './local-nginx.ts';

let replicas: Awaited<ReturnType<typeof startReplicas>>;
let nginx: LocalNginx;
const [first, second, third] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const;

beforeEach(async () => {
  replicas = await startReplicas();
  nginx = await startNginx(replicas.port);
  await vi.waitFor(async () => readFile(nginx.pathOf('/run/nginx.pid'), 'utf8'));
});

afterEach(async () => {
  await nginx.stop();
  await replicas.stop();
});

const file = (): Promise<string> => readFile(nginx.pathOf(nginx.spec.configFile), 'utf8');
const put = (text: string): Promise<void> => writeFile(nginx.pathOf(nginx.spec.configFile), text);
const set = (
  names: readonly string[],
  more: { operationId?: string; fencingToken?: number } = {},
): Promise<string[]> =>
  setUpstream(nginx.platform, nginx.spec, {
    replicas: names,
    operationId: 'test/step/1',
    fencingToken: 7,
    ...more,
  });
const reloads = (): number => nginx.commands.filter((command) => command === 'nginx -s reload').length;

/** Who answers, over enough requests that each worker's turn comes. */
const whoAnswers = async (): Promise<string[]> => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, async () =>
      (await fetch(nginx.spec.url, { headers: { connection: 'close' } })).text(),
    ),
  );
  return [...new Set(answers)].toSorted();
};

it('writes the whole file where there is none, and every replica is served', async () => {
  await set([first, second, third]);
  expect(await whoAnswers()).toEqual([first, second, third]);
  expect(await file()).toContain('# crescendo: operation test/step/1 with fencing token 7\n');
});

it('serves the new list as soon as it comes back', async () => {
  await set([first]);
  for (const names of [[first, second], [first, second, third], [first]]) {
    await set(names);
    expect(await whoAnswers()).toEqual(names);
  }
});

it('does not touch an upstream that is right', async () => {
  await set([first, second]);
  const before = await file();
  expect(await set([second, first], { operationId: 'test/step/2' })).toEqual([
    `local-nginx-1 already has ${second}, ${first} in api_gateway`,
  ]);
  expect(reloads()).toBe(1);
  expect(await file()).toBe(before);
});

it('drains a replica by leaving it out, without a failed request', async () => {
  await set([first, second, third]);
  const stop = new AbortController();
  const failures: unknown[] = [];
  const traffic = (async () => {
    while (!stop.signal.aborted) {
      // A connection each: nginx closes idle ones when it reloads, and a request may cross that on the wire.
      const headers = { connection: 'close' };
      const response = await fetch(nginx.spec.url, { headers }).catch((error: unknown) => error);
      if (!(response instanceof Response) || !response.ok) failures.push(response);
      else await response.text();
    }
  })();
  await set([first, second]);
  stop.abort();
  await traffic;
  expect(failures).toEqual([]);
  expect(await whoAnswers()).toEqual([first, second]);
});

it('puts the previous file back byte for byte when nginx refuses the new one, and goes on serving', async () => {
  const mine = `# ours\r\nupstream api_gateway {\n\tserver ${first}:${replicas.port} weight=5; # hand made\n}\nserver { listen 127.0.0.1:${nginx.spec.listenPort}; location / { proxy_pass http://api_gateway; } }`;
  await put(mine);
  await nginx.platform.exec('nginx', ['nginx', '-s', 'reload']);
  await vi.waitFor(async () => expect(await whoAnswers()).toEqual([first]));
  await expect(set([first, 'no-such-replica.invalid'])).rejects.toMatchObject({
    type: 'UpstreamRejected',
    message: expect.stringContaining('host not found in upstream "no-such-replica.invalid') as string,
  });
  expect(await file()).toBe(mine);
  expect(await whoAnswers()).toEqual([first]);
});

it('removes the file again when nginx refuses the first one', async () => {
  await expect(set(['no-such-replica.invalid'])).rejects.toMatchObject({ type: 'UpstreamRejected' });
  await expect(file()).rejects.toMatchObject({ code: 'ENOENT' });
});

it('loads what a crashed attempt has written but not loaded', async () => {
  await set([first]);
  const servers = [first, second].map((name) => `${name}:${replicas.port}`);
  await put(renderFile(nginx.spec, servers, { operationId: 'test/step/9', fencingToken: 7, pending: true }));
  await set([first, second], { operationId: 'test/step/9' });
  expect(await whoAnswers()).toEqual([first, second]);
  expect(await file()).not.toContain('not loaded yet');
});

it('goes back to what a crashed attempt found, not to what it wrote', async () => {
  await set([first]);
  const good = await file();
  await writeFile(nginx.pathOf(`${nginx.spec.configFile}.before-crescendo`), good);
  const bad = [first, 'no-such-replica.invalid'];
  const servers = bad.map((name) => `${name}:${replicas.port}`);
  await put(renderFile(nginx.spec, servers, { operationId: 'test/step/9', fencingToken: 7, pending: true }));
  await expect(set(bad, { operationId: 'test/step/9' })).rejects.toMatchObject({ type: 'UpstreamRejected' });
  expect(await file()).toBe(good);
});

it('refuses a writer whose fencing token is older than the one in the file', async () => {
  await set([first], { fencingToken: 9 });
  const before = await file();
  await expect(set([first, second], { fencingToken: 8 })).rejects.toMatchObject({
    type: 'StaleFencingToken',
  });
  expect(await file()).toBe(before);
});

it('refuses a file without the upstream, and an empty list, before anything is written', async () => {
  await put('upstream other { server 127.0.0.1:1; }\n');
  await expect(set([first])).rejects.toMatchObject({ type: 'UpstreamRejected' });
  await expect(set([])).rejects.toMatchObject({ type: 'UpstreamRejected' });
  expect(await file()).toBe('upstream other { server 127.0.0.1:1; }\n');
  expect(reloads()).toBe(0);
});

it('lets nothing of an operation id get out of its comment', async () => {
  await set([first], { operationId: 'x\nserver evil:1;' });
  expect(await file()).not.toContain('\nserver evil');
  expect(await whoAnswers()).toEqual([first]);
});
