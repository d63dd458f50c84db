import { downtimeRefusals, type BeforeDowntime } from './downtime.ts';
import { formatBytes, formatCount } from './format.ts';
import type { ReplicaSetPlanInput } from './plan-replica-set.ts';
import type { Refusal } from './plan.ts';
import { valueOf } from './reading.ts';

/** What speaks against a set of these members. */
export const replicaSetRefusals = (input: ReplicaSetPlanInput): Refusal[] => {
  const { node, database } = input;
  if (!node.isTold)
    return [
      {
        rule: 'replica-set.privileges',
        path: `databases.${database}.url`,
        message: 'the user of this URL may not see how mongod was started',
        remedy: 'give it the roles clusterAdmin and readAnyDatabase, or root',
      },
    ];
  return [
    ...standingRefusals(input),
    ...nameRefusals(input),
    ...roomRefusals(input),
    ...(node.replSet === undefined ? downtimeRefusals(beforeRestart(input)) : []),
  ];
};

/** What is known before the one restart. A node that stands alone has no copies that could be behind. */
export const beforeRestart = ({
  observedAtMs,
  backup,
  catalog,
  database,
  container,
  node,
}: ReplicaSetPlanInput): BeforeDowntime => ({
  nowMs: observedAtMs,
  backup,
  hasBackupCommand: catalog.databases?.[database]?.backup !== undefined,
  diskFreeBytes: valueOf(container.diskFreeBytes),
  databaseBytes: valueOf(node.dataBytes),
  behind: [],
});

/** The node that stands, as it is now. */
const standingRefusals = ({
  node,
  container,
  set,
  secondaries,
  acknowledged,
}: ReplicaSetPlanInput): Refusal[] => {
  const { service } = container;
  const other = node.set?.name ?? node.replSet ?? node.left?.name;
  const own = node.set?.members.find(({ host }) => host === node.set?.self);
  const host = `${service}:${node.port}`;
  const members = secondaries.length + 1;
  const others = (node.left?.name === set ? node.left.hosts : []).filter((left) => left !== host);
  const refusals: (Refusal | false)[] = [
    node.hasAuthentication &&
      node.keyFile === undefined && {
        rule: 'replica-set.key-file',
        path: 'keyFile',
        message: `${service} asks for a password, and has no keyFile: members of a set with authentication know each other by one`,
        remedy: `make one (openssl rand -base64 756, owned by the user of mongod, mode 0400), give it to ${service} read-only in the compose file, as a secret or a mount ending in :ro, add --keyFile with its path to the command, and run \`docker compose up -d ${service}\``,
      },
    other !== undefined &&
      other !== set && {
        rule: 'replica-set.other',
        path: 'set',
        message: `${service} belongs to the set ${other}, and a set cannot be renamed`,
        remedy: `ask for set: ${other}`,
      },
    node.set !== undefined &&
      own?.state !== 'PRIMARY' && {
        rule: 'replica-set.not-primary',
        path: 'database',
        message: `${service} is ${own?.state ?? 'no member'} of ${node.set.name}, and only its PRIMARY takes members in`,
        remedy: 'let the catalog’s URL be that of the PRIMARY, or wait until there is one',
      },
    node.set?.self !== undefined &&
      node.set.self !== host && {
        rule: 'replica-set.host',
        path: 'database',
        message: `${node.set.name} knows ${service} as ${node.set.self}: the members to be would not reach it by that`,
        remedy: `change its host in the configuration of the set to ${host} (rs.reconfig)`,
      },
    members % 2 === 0 && {
      rule: 'replica-set.even',
      path: 'secondaries',
      message: `${members} votes can stand half against half, and one more node makes no fail-over safer`,
      remedy: 'ask for an even number of secondaries',
    },
    node.replSet === undefined &&
      container.isOutdated && {
        rule: 'compose-file.drift',
        path: 'composeFile',
        message: `the compose file has changed since ${container.name} was made: a restart would bring in more than was asked for`,
        remedy: `run \`docker compose up -d ${service}\` first, or put the file back`,
      },
    node.set === undefined &&
      node.replSet === set &&
      !acknowledged && {
        rule: 'replica-set.acknowledge',
        path: 'acknowledgeNoUndo',
        message: `${service} runs with --replSet ${node.replSet} and waits for its set: what is initiated on it cannot be undone`,
        remedy: 'say acknowledgeNoUndo: true',
      },
    others.length > 0 &&
      !acknowledged && {
        rule: 'replica-set.left',
        path: 'acknowledgeNoUndo',
        message: `${service} was in ${set} with ${others.join(', ')}, and runs alone now: it would go on without them, by force`,
        remedy: `if these are a set that lives, start ${service} with --replSet ${set} again instead; if they are gone for good, say acknowledgeNoUndo: true`,
      },
  ];
  return refusals.filter((refusal) => refusal !== false);
};

/** A name that is taken is only good for a node that was made for this very set. */
const nameRefusals = ({ taken, secondaries, set, container }: ReplicaSetPlanInput): Refusal[] =>
  [...new Set(secondaries)].flatMap((name, index): Refusal[] => {
    const path = `secondaries.${index}`;
    if (name === container.service || secondaries.filter((other) => other === name).length > 1)
      return [
        {
          rule: 'replica-set.name-twice',
          path,
          message: `${name} is named twice`,
          remedy: 'give each node a name of its own',
        },
      ];
    const command = taken.services[name];
    if (command !== undefined && !isNodeOf(command, set))
      return [
        {
          rule: 'replica-set.name-taken',
          path,
          message: `${name} is there already, and no node of ${set}`,
          remedy: 'give other names in secondaries, or remove that service',
        },
      ];
    if (command === undefined && taken.volumes.includes(`${name}-data`))
      return [
        {
          rule: 'replica-set.volume-taken',
          path,
          message: `the volume ${name}-data is there already: a new member begins with nothing`,
          remedy: 'give other names in secondaries, or remove the volume if nobody needs it',
        },
      ];
    return [];
  });

const isNodeOf = (command: readonly string[] | null, set: string): boolean => {
  if (command === null) return false;
  const at = command.indexOf('--replSet');
  return command.includes(`--replSet=${set}`) || (at >= 0 && command[at + 1] === set);
};

/** Each new node takes as much memory as the standing one may, and a copy of all its data. */
const roomRefusals = ({ container, node, secondaries, taken }: ReplicaSetPlanInput): Refusal[] => {
  const count = secondaries.filter((name) => !Object.hasOwn(taken.services, name)).length;
  if (count === 0) return [];
  const each = container.limits.memoryBytes ?? valueOf(container.memoryBytes) ?? 0;
  const free = valueOf(container.host.availableMemoryBytes);
  const disk = valueOf(container.diskFreeBytes);
  const copies = (valueOf(node.dataBytes) ?? 0) * count;
  const refusals: (Refusal | false)[] = [
    free !== undefined &&
      each * count > free && {
        rule: 'replica-set.memory',
        path: 'secondaries',
        message: `${formatCount(count, 'more node')} may take ${formatBytes(each * count)}, the host has ${formatBytes(free)} left`,
        remedy: `make room on the host, or lower the limit of ${container.service} first`,
      },
    disk !== undefined &&
      copies + leastFreeBytes * count > disk && {
        rule: 'replica-set.disk',
        path: 'disk',
        message: `${formatCount(count, 'more copy').replace('copys', 'copies')} of the data take ${formatBytes(copies + leastFreeBytes * count)}, the disk has ${formatBytes(disk)} free`,
        remedy: 'make room on the disk of the volumes first',
      },
  ];
  return refusals.filter((refusal) => refusal !== false);
};

/** Beside its copy each node has a journal and an oplog that grows. */
const leastFreeBytes = 512 * 2 ** 20;
