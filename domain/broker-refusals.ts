import type { AddedService } from './added-service.ts';
import { formatCount } from './format.ts';
import { unhealthy } from './kafka-cluster.ts';
import type { BrokersPlanInput } from './plan-brokers.ts';
import type { Refusal } from './plan.ts';

/** What speaks against these brokers, whatever room there is. */
export const brokerRefusals = (
  input: BrokersPlanInput,
  added: Readonly<Record<string, AddedService>>,
): Refusal[] => {
  const { cluster, ongoing, brokers, replicationFactor = 1, catalog, settings, topics = [] } = input;
  const refusals: (Refusal | false)[] = [
    brokers < cluster.brokers.length && {
      rule: 'brokers.fewer',
      path: 'brokers',
      message: `there are ${formatCount(cluster.brokers.length, 'broker')}; this procedure takes none away`,
      remedy: `ask for at least ${cluster.brokers.length}`,
    },
    replicationFactor > brokers && {
      rule: 'brokers.copies',
      path: 'replicationFactor',
      message: `${replicationFactor} copies of a partition need as many brokers, ${brokers} are wanted`,
      remedy: `ask for at most ${brokers} copies, or for more brokers`,
    },
    ongoing.length > 0 && {
      rule: 'brokers.moving',
      path: 'brokers',
      message: `${formatCount(ongoing.length, 'partition')} are being moved already`,
      remedy: 'wait until that reassignment has ended',
    },
    unhealthy(cluster.partitions).length > 0 && {
      rule: 'brokers.unhealthy',
      path: 'brokers',
      message: `${formatCount(unhealthy(cluster.partitions).length, 'partition')} have no leader or copies that are not in sync`,
      remedy: 'make the brokers that there are healthy first',
    },
    (catalog.kafka?.service === undefined || settings['KAFKA_ADVERTISED_LISTENERS'] === undefined) && {
      rule: 'brokers.service',
      path: 'kafka.service',
      message: 'it is not known which service runs the broker, or how it is reached',
      remedy: 'name the Compose service in kafka.service of the catalog; it needs KAFKA_ADVERTISED_LISTENERS',
    },
    ...nameRefusals(input, added),
    ...topics
      .filter((topic) => !cluster.partitions.some((place) => place.topic === topic))
      .map((topic) => ({
        rule: 'topic-missing',
        path: 'topics',
        message: `Kafka has no topic ${topic}`,
        remedy: 'correct the name, or leave it out',
      })),
  ];
  return refusals.filter((refusal) => refusal !== false);
};

/** What is there by such a name would be taken for the new broker, and taken away by an undo, with its data. */
const nameRefusals = (
  { taken }: BrokersPlanInput,
  added: Readonly<Record<string, AddedService>>,
): Refusal[] =>
  Object.entries(added).flatMap(([service, { containerName, volumes }]): Refusal[] => {
    if (Object.hasOwn(taken.services, service))
      return [
        {
          rule: 'brokers.name-taken',
          path: 'brokers',
          message: `there is a service ${service} already, and no broker of that number is in the cluster`,
          remedy: `start ${service} if it is a broker that is away; run repair if a procedure was cut off; else remove it from the compose file`,
        },
      ];
    const found = Object.keys(volumes).filter((volume) => taken.volumes.includes(volume));
    if (found.length > 0)
      return [
        {
          rule: 'brokers.volume-taken',
          path: 'brokers',
          message: `the volume ${found.join(', ')} is there already: a new broker begins with nothing`,
          remedy: 'remove the volume if nobody needs it, or copy away what is in it first',
        },
      ];
    if (containerName !== undefined && taken.containers?.includes(containerName) === true)
      return [
        {
          rule: 'brokers.container-taken',
          path: 'brokers',
          message: `a container ${containerName} is there already, and it is none of this platform's services`,
          remedy: 'remove or rename that container first',
        },
      ];
    return [];
  });
