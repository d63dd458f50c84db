import { execa } from 'execa';

/** What psql in this container answers, or what it complains of. */
export const askPostgresIn = (container: string, query: string): Promise<string> =>
  said(container, ['psql', '-w', '-U', 'chat4all', '-d', 'chat4all', '-Atc', query]);

/** What redis-cli in a node of the cluster answers. */
export const askNode = (node: number, ...args: string[]): Promise<string> =>
  said(`chat4all-redis-node-${node}`, ['redis-cli', ...args]);

const said = async (container: string, argv: string[]): Promise<string> => {
  const { stdout, stderr } = await execa('docker', ['exec', container, ...argv], { reject: false });
  return stdout.trim() || stderr.trim();
};
