import type { Activities } from '../../activities/contract.ts';

/** What the primary of the world knows of standbys. */
export interface WorldStandbys {
  slots: string[];
  services: string[];
  /** Volumes that somebody else has made. */
  volumes?: string[];
}

export const worldStandbys = (): WorldStandbys => ({ slots: [], services: [] });

type ReadReplicaActivities = Pick<
  Activities,
  | 'readReplication'
  | 'admitReplica'
  | 'dismissReplica'
  | 'addReadReplica'
  | 'removeReadReplica'
  | 'waitForStreaming'
>;

export const readReplicaActivities = (
  standbys: WorldStandbys,
  begin: (...words: (string | number)[]) => Promise<void>,
): ReadReplicaActivities => ({
  async readReplication() {
    await begin('readReplication');
    return {
      databaseName: 'chat4all',
      user: { name: 'chat4all', isSuperuser: true },
      walLevel: 'replica',
      senders: { max: 10, used: 0 },
      slots: { max: 10, names: [...standbys.slots] },
      streaming: [],
      dataFolder: '/var/lib/postgresql/data',
      slotKeepsMegabytes: -1,
      taken: {
        services: Object.fromEntries(standbys.services.map((name) => [name, null])),
        volumes: standbys.volumes ?? [],
        containers: [],
      },
    };
  },
  async admitReplica({ slot }) {
    await begin('admitReplica', slot);
    standbys.slots = [...new Set([...standbys.slots, slot])];
    return { facts: [`slot ${slot} made`] };
  },
  async dismissReplica({ slot }) {
    await begin('dismissReplica', slot);
    standbys.slots = standbys.slots.filter((one) => one !== slot);
    return { facts: [`slot ${slot} is dropped`] };
  },
  async addReadReplica({ added }) {
    await begin('addReadReplica', ...Object.keys(added));
    standbys.services = [...new Set([...standbys.services, ...Object.keys(added)])];
    return { facts: ['base backup taken'] };
  },
  async removeReadReplica({ added }) {
    await begin('removeReadReplica', ...Object.keys(added));
    standbys.services = standbys.services.filter((name) => !Object.hasOwn(added, name));
    return { facts: ['removed'] };
  },
  async waitForStreaming({ replica }) {
    await begin('waitForStreaming', replica);
    return { facts: [`${replica} streams`] };
  },
});
