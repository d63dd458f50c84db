import { DatabaseError, escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { pause } from '../abort.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { isInForce } from '../../domain/postgres-settings.ts';
import { withPostgres } from './connect.ts';
import { readSettings } from './settings.ts';

type Settings = Readonly<Record<string, string | null>>;

const inForceMs = 5_000;
const checkpointMs = 5 * 60_000;

/**
 * ALTER SYSTEM of each and one reload; `null` takes the server's own default again. Comes back when all are in force. They stay, in a file of
 * the database's own. Returns facts. Throws SettingRejected with the name of the setting.
 */
export const applySettings = (
  url: string,
  settings: Settings,
  options: { signal?: AbortSignal; onProgress?: (progress: string) => void } = {},
): Promise<string[]> =>
  withPostgres(url, async (client) => {
    const names = Object.keys(settings);
    const before = await readSettings(client, names);
    const unknown = names.filter((name) => before[name] === undefined);
    if (unknown.length > 0)
      throw new CrescendoError('SettingRejected', `PostgreSQL has no setting ${unknown.join(', ')}`, {
        unknown,
      });
    for (const [name, value] of Object.entries(settings)) {
      await alter(client, name, value);
      options.onProgress?.(`${name} ${value ?? 'default'}`);
    }
    await client.query('SELECT pg_reload_conf()');
    const giveUpAtMs = Date.now() + inForceMs;
    for (;;) {
      const wrong = await differencesOf(client, settings);
      if (wrong.length === 0) break;
      if (Date.now() > giveUpAtMs)
        throw new CrescendoError('SettingRejected', `PostgreSQL took it, but ${wrong.join('; ')}`, { names });
      await pause(50, options.signal);
    }
    return Object.entries(settings).map(
      ([name, value]) =>
        `${name} ${before[name]?.value}${before[name]?.unit === undefined ? '' : ` (${before[name].unit})`} -> ${value ?? 'default'}`,
    );
  });

const alter = async (client: Client, name: string, value: string | null): Promise<void> => {
  const setting = escapeIdentifier(name);
  try {
    await client.query(
      value === null
        ? `ALTER SYSTEM RESET ${setting}`
        : `ALTER SYSTEM SET ${setting} = ${escapeLiteral(value)}`,
    );
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new CrescendoError(
      'SettingRejected',
      `PostgreSQL refuses ${name} = ${value ?? 'default'}: ${error.message}`,
      { name },
    );
  }
};

/** A sentence for each setting that is not as wanted, or waits for a restart. Asks a real query first. */
export const settingsThatDiffer = (url: string, settings: Settings): Promise<string[]> =>
  withPostgres(url, async (client) => {
    await client.query('SELECT 1');
    return differencesOf(client, settings);
  });

const differencesOf = async (client: Client, settings: Settings): Promise<string[]> => {
  const now = await readSettings(client, Object.keys(settings));
  return Object.entries(settings).flatMap(([name, wanted]) => {
    const setting = now[name];
    if (setting === undefined) return [`${name} is unknown to this server`];
    if (setting.isPendingRestart) return [`${name} waits for a restart`];
    return wanted === null || isInForce(setting, wanted)
      ? []
      : [`${name} is ${setting.value} ${setting.unit ?? ''}, not ${wanted}`];
  });
};

/** Writes what is in memory, while everybody goes on: the stop after it has nothing left to write. */
export const checkpoint = (url: string): Promise<void> =>
  withPostgres(url, async (client) => void (await client.query('CHECKPOINT')), {
    statementTimeoutMs: checkpointMs,
  });
