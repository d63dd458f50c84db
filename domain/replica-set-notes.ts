import type { Note } from './plan.ts';
import type { ReplicaSetPlanInput } from './plan-replica-set.ts';

/** The URI that names every member: one that can be reached is enough to find the others, and the PRIMARY. */
export const replicaSetUri = (hosts: readonly string[], set: string, databaseName = ''): string =>
  `mongodb://${hosts.join(',')}/${databaseName}?replicaSet=${set}`;

/** What whoever runs clients of the set has to know. */
export const replicaSetNotes = (
  { set, database, container, node, secondaries }: ReplicaSetPlanInput,
  hosts: readonly string[],
  isChanged: boolean,
): Note[] => [
  {
    rule: 'replica-set.uri',
    message: `clients need ${replicaSetUri(hosts, set, node.databaseName)}${node.hasAuthentication ? ', with user, password and authSource as now' : ''}`,
  },
  ...(isChanged
    ? [
        {
          rule: 'replica-set.names',
          message: `a driver goes to the members by these names; a client that cannot resolve them, such as one outside of the network, needs directConnection=true, and the URL of databases.${database} in the catalog stays that of ${container.service} alone`,
        },
        {
          rule: 'replica-set.clients',
          message: `clients that run already go on with ${container.service} alone, and follow no fail-over until they start again with this URI; one that knew of the set by an undo has to start again too`,
        },
        {
          rule: 'replica-set.write-concern',
          message: `with ${secondaries.length + 1} votes a write is acknowledged by a majority, not by one node, unless the client says otherwise: it survives a fail-over, and takes as long as one copy`,
        },
        {
          rule: 'replica-set.one-host',
          message:
            'all members run on this host: the set outlives a node and its restarts, not the host or its disk',
        },
        {
          rule: 'replica-set.local',
          message: `an undo puts ${container.service} back alone with all its data; its database "local" keeps the configuration of ${set}, which a mongod without --replSet only warns of`,
        },
      ]
    : []),
];
