import { createKafka } from '../../adapters/kafka/connect.ts';
import { kafkaSource, type KafkaSource } from '../../adapters/kafka/source.ts';
import type { Catalog } from '../../domain/catalog.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { fail, ok, warn, type DoctorRow } from '../../domain/doctor-row.ts';
import { emergencyTargets } from './scene.ts';

interface Consumer {
  service: string;
  group: string;
  topic: string;
}

/** The brokers, the topics with their partitions, and the groups. */
export async function kafkaRows(catalog: Catalog, signal: AbortSignal): Promise<DoctorRow[]> {
  if (catalog.kafka === undefined) return [];
  const connection = createKafka(catalog.kafka);
  const { brokers } = catalog.kafka;
  try {
    const consumers = Object.values(catalog.services).flatMap(({ name: service, consumer }) =>
      consumer === undefined ? [] : [{ service, ...consumer }],
    );
    const source = kafkaSource(connection);
    await connection.admin();
    const rows = await Promise.all([
      topicRows(source, consumers, emergencyTargets(catalog), signal),
      groupRows(source, consumers, signal),
    ]);
    return [ok('kafka', `${brokers.join(', ')} answers`), ...rows.flat()];
  } catch (error) {
    if (!(error instanceof CrescendoError)) throw error;
    return [fail('kafka', error.message, 'check kafka.brokers: the listener that is meant for this machine')];
  } finally {
    await connection.close();
  }
}

async function topicRows(
  source: KafkaSource,
  consumers: readonly Consumer[],
  targets: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<DoctorRow[]> {
  const partitions = await source.partitions(
    consumers.map(({ topic }) => topic),
    signal,
  );
  return consumers.map(({ service, topic }) => {
    const check = `topic ${topic}`;
    const count = partitions[topic] ?? null;
    const wanted = targets.get(service) ?? 1;
    if (count === null) {
      return fail(check, 'is not there', `create it, or correct services.${service}.consumer.topic`);
    }
    const found = `${count} partitions, ${service} goes to ${wanted}`;
    if (count >= wanted) return ok(check, found);
    return fail(
      check,
      `${found}: the others would have nothing to do`,
      `give it at least ${wanted} partitions`,
    );
  });
}

async function groupRows(
  source: KafkaSource,
  consumers: readonly Consumer[],
  signal: AbortSignal,
): Promise<DoctorRow[]> {
  const found = await source.groups(
    consumers.map(({ group, topic }) => ({ group, topic })),
    signal,
  );
  return consumers.map(({ service, group }) => {
    const check = `group ${group}`;
    const reading = found[group];
    if (reading === undefined || reading instanceof CrescendoError) {
      return fail(check, reading?.message ?? 'was not read', `check services.${service}.consumer.group`);
    }
    if (reading.members > 0) return ok(check, `${reading.state} with ${reading.members} members`);
    return warn(check, `${reading.state}: no member`, `start ${service}, or correct its consumer.group`);
  });
}
