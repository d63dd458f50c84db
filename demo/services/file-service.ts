import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpError } from './runtime/http.ts';
import { runService } from './runtime/service.ts';

const folder = '/var/lib/chat4all/files';

/** Keeps what is uploaded in a folder that all replicas share. */
void runService('FileService', async () => {
  await mkdir(folder, { recursive: true });
  return {
    routes: [
      {
        method: 'POST',
        uri: '/api/files',
        handle: async ({ body }) => {
          const content = await body();
          const id = randomUUID();
          await writeFile(join(folder, id), content, { flag: 'wx' });
          return { status: 201, body: { id, bytes: content.length } };
        },
      },
      {
        method: 'GET',
        uri: '/api/files/{id}',
        handle: async ({ params }) => {
          const id = params['id'] ?? '';
          if (!/^[0-9a-f-]{36}$/.test(id)) throw new HttpError(404, 'no such file');
          try {
            const body = await readFile(join(folder, id));
            return { status: 200, body, contentType: 'application/octet-stream' };
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new HttpError(404, 'no such file');
            throw error;
          }
        },
      },
    ],
    closers: [],
  };
});
