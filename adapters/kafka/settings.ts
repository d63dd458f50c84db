import type { Admin } from 'kafkajs';
import { pause } from '../abort.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { throttleSettings, type ReplicationThrottle } from '../../domain/replication-throttle.ts';
import type { KafkaConnection } from './connect.ts';
import { kafkaUnavailable } from './errors.ts';

/** Numbers of Kafka's protocol; kafkajs' own names for them cannot be imported from an ES module. */
const ofTopic = 2 as const;
const ofBroker = 4 as const;

interface Resource {
  type: typeof ofTopic | typeof ofBroker;
  name: string;
  /** What shall stand there; `null` takes it away. */
  settings: Readonly<Record<string, string | null>>;
}

/** Holds the copies of a move back. Everything else that was set while the cluster runs stays set. */
export const setThrottle = async (kafka: KafkaConnection, throttle: ReplicationThrottle): Promise<void> => {
  const brokers = Object.entries(throttle.brokers).map(([name, settings]): Resource => ({
    type: ofBroker,
    name,
    settings,
  }));
  const topics = Object.entries(throttle.topics).map(([name, settings]): Resource => ({
    type: ofTopic,
    name,
    settings,
  }));
  await change(kafka, [...brokers, ...topics]);
};

/** Brokers and topics that are held back, whoever wanted that. */
export const readThrottled = async (
  kafka: KafkaConnection,
  brokers: readonly number[],
  topics: readonly string[],
): Promise<string[]> => {
  const admin = await kafka.admin();
  const resources = [
    ...brokers.map((broker): Resource => ({ type: ofBroker, name: String(broker), settings: {} })),
    ...topics.map((name): Resource => ({ type: ofTopic, name, settings: {} })),
  ];
  if (resources.length === 0) return [];
  const names: string[] = [...throttleSettings.broker, ...throttleSettings.topic];
  try {
    const there = await dynamicSettings(admin, resources);
    return resources
      .filter((resource) =>
        Object.keys(there.get(keyOf(resource)) ?? {}).some((name) => names.includes(name)),
      )
      .map(({ type, name }) => (type === ofBroker ? `broker ${name}` : `topic ${name}`));
  } catch (error) {
    throw kafkaUnavailable('the settings of brokers or topics cannot be read', error);
  }
};

/** Takes it off again: of these brokers and topics, whoever set it. Returns how many had one. */
export const clearThrottle = (
  kafka: KafkaConnection,
  brokers: readonly number[],
  topics: readonly string[],
): Promise<number> =>
  change(kafka, [
    ...brokers.map((broker): Resource => ({
      type: ofBroker,
      name: String(broker),
      settings: Object.fromEntries(throttleSettings.broker.map((setting) => [setting, null])),
    })),
    ...topics.map((topic): Resource => ({
      type: ofTopic,
      name: topic,
      settings: Object.fromEntries(throttleSettings.topic.map((setting) => [setting, null])),
    })),
  ]);

/**
 * Kafka's `AlterConfigs` replaces everything that was set on a resource while the cluster runs, so all of it is read first and sent again.
 * A resource that says so already is left alone. Returns how many were changed.
 */
async function change(kafka: KafkaConnection, resources: readonly Resource[]): Promise<number> {
  if (resources.length === 0) return 0;
  const admin = await kafka.admin();
  try {
    const wanted = await differing(admin, resources);
    if (wanted.length === 0) return 0;
    await admin.alterConfigs({
      validateOnly: false,
      resources: wanted.map(({ type, name, configEntries }) => ({ type, name, configEntries })),
    });
    const giveUpAtMs = Date.now() + takesMs;
    // Brokers learn of it a moment later: a move that begins before would not be held back.
    while ((await differing(admin, resources)).length > 0 && Date.now() < giveUpAtMs) await pause(50);
    return wanted.length;
  } catch (error) {
    throw kafkaUnavailable('the settings of brokers or topics cannot be changed', error);
  }
}

/** How long brokers may take to learn of a setting. */
const takesMs = 5_000;

async function differing(admin: Admin, resources: readonly Resource[]) {
  const there = await dynamicSettings(admin, resources);
  return resources.flatMap((resource) => {
    const now = there.get(keyOf(resource)) ?? {};
    const next = merged(now, resource);
    const same = JSON.stringify(sorted(now)) === JSON.stringify(sorted(next));
    return same ? [] : [{ ...resource, configEntries: sorted(next) }];
  });
}

async function dynamicSettings(
  admin: Admin,
  resources: readonly Resource[],
): Promise<Map<string, Record<string, string | null>>> {
  const asked = resources.map(({ type, name }) => ({ type, name }));
  const answer = await admin.describeConfigs({ includeSynonyms: false, resources: asked });
  return new Map(
    answer.resources.map(({ resourceType, resourceName, configEntries }) => [
      keyOf({ type: resourceType, name: resourceName }),
      Object.fromEntries(
        configEntries
          .filter(({ configSource }) => dynamic.has(configSource))
          .map(({ configName, configValue, isSensitive }) => [configName, isSensitive ? null : configValue]),
      ),
    ]),
  );
}

/** Sources 1 and 2 of the protocol: set while it runs, on this very topic or broker; neither the file's nor the default of all. */
const dynamic = new Set<number>([1, 2]);

const keyOf = ({ type, name }: { type: number; name: string }): string => `${type}/${name}`;

function merged(now: Record<string, string | null>, { name, settings }: Resource): Record<string, string> {
  const next = Object.entries({ ...now, ...settings }).filter(([key]) => settings[key] !== null);
  const secret = next.find(([, value]) => value === null);
  // Kafka tells no secret, and would forget one that is not sent again.
  if (secret !== undefined)
    throw new CrescendoError(
      'SettingRejected',
      `${name} has the secret setting ${secret[0]}, which would be lost with a change of another one`,
    );
  return Object.fromEntries(next) as Record<string, string>;
}

const sorted = (settings: Record<string, string | null>): { name: string; value: string }[] =>
  Object.entries(settings)
    .map(([name, value]) => ({ name, value: value ?? '' }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
