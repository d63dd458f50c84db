import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { searchAttributes, taskQueueOf } from '../../workflows/contracts.ts';
import { freePort, waitFor } from '../support/index.ts';
import { compose, whyNoImages } from './temporal-compose.ts';

const minute = 60_000;

test(
  'docker-compose.temporal.yml comes up, with its search attributes and a worker that polls',
  async ({ skip }) => {
    const reason = await whyNoImages();
    if (reason !== undefined) return skip(reason);

    const project = `crescendo-temporal-${randomBytes(3).toString('hex')}`;
    const port = await freePort();
    const env = {
      CRESCENDO_TEMPORAL_DB_PASSWORD: randomBytes(12).toString('hex'),
      DOCKER_GID: String((await stat('/var/run/docker.sock')).gid),
      CRESCENDO_TEMPORAL_PORT: String(port),
      CRESCENDO_UI_PORT: String(await freePort()),
    };
    try {
      const up = await compose(['up', '-d', '--build', '--wait'], env, { project, timeoutMs: 12 * minute });
      if (up.exitCode !== 0) throw new Error(up.stderr.slice(-2_000));
      const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(Object.keys(customAttributes)).toEqual(
        expect.arrayContaining(Object.values(searchAttributes).map(({ name }) => name)),
      );
      const polls = async (): Promise<boolean> => {
        const taskQueue = { name: taskQueueOf('chat4all') };
        const { pollers } = await connection.workflowService.describeTaskQueue({
          namespace: 'default',
          taskQueue,
        });
        return (pollers?.length ?? 0) > 0;
      };
      await waitFor(polls, { timeoutMs: minute, what: 'a worker that polls', everyMs: 500 });
      await connection.close();
    } finally {
      await compose(['down', '--volumes', '--timeout', '5'], env, { project, timeoutMs: 2 * minute });
    }
  },
  20 * minute,
);
