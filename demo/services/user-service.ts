import { connectPostgres } from './runtime/database.ts';
import { HttpError } from './runtime/http.ts';
import { runService } from './runtime/service.ts';

const schema = `CREATE TABLE IF NOT EXISTS users (id text PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())`;

/** Users by id, in PostgreSQL. */
void runService('UserService', async ({ registry }) => {
  const pool = await connectPostgres({ registry, max: 5, schema });
  return {
    routes: [
      {
        method: 'POST',
        uri: '/api/users',
        handle: async ({ body }) => {
          const { id, name } = userOf(await body());
          await pool.query(
            'INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
            [id, name],
          );
          return { status: 201, body: { id, name } };
        },
      },
      {
        method: 'GET',
        uri: '/api/users/{id}',
        handle: async ({ params }) => {
          const { rows } = await pool.query<{ id: string; name: string }>(
            'SELECT id, name FROM users WHERE id = $1',
            [params['id']],
          );
          if (rows[0] === undefined) throw new HttpError(404, 'no such user');
          return { status: 200, body: rows[0] };
        },
      },
    ],
    closers: [() => pool.end()],
  };
});

const userOf = (body: Buffer): { id: string; name: string } => {
  try {
    const { id, name } = JSON.parse(body.toString()) as Record<string, unknown>;
    if (typeof id === 'string' && /^[\w.-]{1,64}$/.test(id) && typeof name === 'string' && name !== '')
      return { id, name };
  } catch (error) {
    throw new HttpError(
      400,
      `the body must be JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  throw new HttpError(400, 'id (letters, digits, ".", "_", "-") and name are needed');
};
