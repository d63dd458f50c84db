import type { TakenNames } from './taken-names.ts';

/** What a PostgreSQL server says about standbys: who may be one, and who is. */
export interface ReplicationSeen {
  /** Name of the database that the catalog's URL leads to. */
  databaseName: string;
  /** Who the URL logs in as. */
  user: { name: string; isSuperuser: boolean };
  walLevel: string;
  /** Connections of standbys and base backups: what there is room for, and what is in use. */
  senders: { max: number; used: number };
  slots: { max: number; names: string[] };
  /** Slots that a standby streams from now, with how far each is behind. */
  streaming: { slot: string; state: string; lagBytes: number }[];
  /** In the container. */
  dataFolder: string;
  /** Kept for a standby that is away; `-1` is without a limit. */
  slotKeepsMegabytes: number;
  /** What goes by a name of the replica to be already. */
  taken: TakenNames;
}
