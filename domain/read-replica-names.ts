import type { DatabaseContainer } from './database-seen.ts';
import type { WantedNames } from './taken-names.ts';

/** What a read replica is called on the platform: its container after that of the primary, its volume after its service. */
export const readReplicaNames = (
  { service, name }: Pick<DatabaseContainer, 'service' | 'name'>,
  replica: string,
): { container: string; volume: string } => ({
  container: name.includes(service) ? name.replace(service, replica) : `${name}-${replica}`,
  volume: `${replica}-data`,
});

/** Names that must not be in use, since what goes by them would be emptied, and taken away by an undo. */
export const namesOfReadReplica = (
  primary: Pick<DatabaseContainer, 'service' | 'name'>,
  replica: string,
): WantedNames => {
  const { container, volume } = readReplicaNames(primary, replica);
  return { services: [replica], volumes: [volume], containers: [container] };
};
