import { formatBytes, formatCount } from './format.ts';
import type { RedisClusterPlanInput } from './plan-redis-cluster.ts';
import type { Refusal } from './plan.ts';
import { valueOf } from './reading.ts';

/** What speaks against a cluster of these nodes. */
export const redisClusterRefusals = (input: RedisClusterPlanInput): Refusal[] => {
  const standing = standingRefusals(input);
  return input.seen.clusterState === undefined
    ? [...standing, ...countRefusals(input), ...nameRefusals(input), ...roomRefusals(input)]
    : standing;
};

const standingRefusals = ({ container, readings, seen, database }: RedisClusterPlanInput): Refusal[] => {
  const { service } = container;
  const others = Object.entries(seen.keysByDatabase).filter(([number, keys]) => number !== '0' && keys > 0);
  const refusals: (Refusal | false)[] = [
    readings.mode !== 'standalone' && {
      rule: 'redis-cluster.mode',
      path: 'database',
      message: `${service} runs in mode ${readings.mode}: keys are copied from a single server`,
      remedy: 'let the catalog’s URL be that of the standing single server',
    },
    seen.hasPassword && {
      rule: 'redis-cluster.password',
      path: `databases.${database}.url`,
      message: `${service} asks for a password: it would have to stand in the commands of the nodes, where everybody reads it`,
      remedy:
        'let the nodes read requirepass and masterauth from a mounted file, form the cluster with redis-cli --cluster create, and copy with redis-cli --cluster import',
    },
    others.length > 0 && {
      rule: 'redis-cluster.databases',
      path: 'database',
      message: `${service} has keys in ${others.map(([number, keys]) => `database ${number} (${keys})`).join(', ')}: a cluster has database 0 only`,
      remedy: 'let their clients use database 0, with a prefix, and move the keys (MOVE) first',
    },
    container.isOutdated && {
      rule: 'compose-file.drift',
      path: 'composeFile',
      message: `the compose file has changed since ${container.name} was made: the nodes would be made like what does not run`,
      remedy: `run \`docker compose up -d ${service}\` first, or put the file back`,
    },
  ];
  return refusals.filter((refusal) => refusal !== false);
};

const countRefusals = ({ nodes }: RedisClusterPlanInput): Refusal[] =>
  nodes.length >= 6 && nodes.length % 2 === 0
    ? []
    : [
        {
          rule: 'redis-cluster.count',
          path: 'nodes',
          message: `${formatCount(nodes.length, 'node')} make no cluster in which each of three or more masters has a replica`,
          remedy: 'name six nodes, or a higher even number',
        },
      ];

const nameRefusals = ({ nodes, seen, container }: RedisClusterPlanInput): Refusal[] =>
  nodes.flatMap((name, index): Refusal[] => {
    const path = `nodes.${index}`;
    if (name === container.service || nodes.filter((other) => other === name).length > 1)
      return [
        {
          rule: 'redis-cluster.name-twice',
          path,
          message: `${name} is named twice`,
          remedy: 'give each node a name of its own',
        },
      ];
    if (Object.hasOwn(seen.taken.services, name))
      return [
        {
          rule: 'redis-cluster.name-taken',
          path,
          message: `there is a service ${name} already, and not all of the nodes stand`,
          remedy:
            'run repair if a procedure was cut off, else give other names in nodes, or remove that service',
        },
      ];
    if (seen.taken.volumes.includes(`${name}-data`))
      return [
        {
          rule: 'redis-cluster.volume-taken',
          path,
          message: `the volume ${name}-data is there already: a node begins with nothing`,
          remedy: 'give other names in nodes, or remove the volume if nobody needs it',
        },
      ];
    return [];
  });

/** Each node may grow to the limit of the standing one, which goes on beside them; each key is written to a master and its replica. */
const roomRefusals = ({ container, readings, nodes }: RedisClusterPlanInput): Refusal[] => {
  const each = container.limits.memoryBytes;
  const free = valueOf(container.host.availableMemoryBytes);
  const disk = valueOf(container.diskFreeBytes);
  const needs = 2 * (valueOf(readings.usedMemoryBytes) ?? 0) + nodes.length * leastFreeBytes;
  const refusals: (Refusal | false)[] = [
    each !== undefined &&
      free !== undefined &&
      each * nodes.length > free && {
        rule: 'redis-cluster.memory',
        path: 'nodes',
        message: `${formatCount(nodes.length, 'node')} may take ${formatBytes(each * nodes.length)} (${formatBytes(each)} each, as ${container.service}), the host has ${formatBytes(free)} left`,
        remedy: 'make room on the host, or lower the limit of the standing server first (resizeRedis)',
      },
    disk !== undefined &&
      needs > disk && {
        rule: 'redis-cluster.disk',
        path: 'disk',
        message: `two copies of the keys and the logs of ${formatCount(nodes.length, 'node')} may take ${formatBytes(needs)}, the disk has ${formatBytes(disk)} free`,
        remedy: 'make room on the disk of the volumes first',
      },
  ];
  return refusals.filter((refusal) => refusal !== false);
};

/** Beside its keys each node writes a log of its own, and writes it anew while the old one is there. */
const leastFreeBytes = 64 * 2 ** 20;
