/** Name of a copy of the compose file, in the runbook's own form: `docker-compose.yml.backup.20251203_101500`. */
export const backupName = (atMs: number): string => {
  const stamp = new Date(atMs).toISOString().replaceAll(/[-:]/g, '').replace('T', '_').slice(0, 15);
  return `docker-compose.yml.backup.${stamp}`;
};
