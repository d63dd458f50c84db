import { cached } from './cache.ts';
import { copyJars, ensureJava } from './maven.ts';

const version = '3.9.1';

export interface KafkaJars {
  /** Folder of the broker's jars: `java -cp '<jars>/*' kafka.Kafka server.properties`. */
  jars: string;
  java: string;
}

/** Kafka's broker as jars, and a Java runtime to run it. */
export async function ensureKafkaJars(): Promise<KafkaJars> {
  const { java } = await ensureJava();
  const jars = await cached(`kafka-${version}`, (folder) =>
    copyJars(folder, [`org.apache.kafka:kafka_2.13:${version}`, 'org.slf4j:slf4j-reload4j:1.7.36']),
  );
  return { jars, java };
}

/** The classes behind Kafka's shell tools, in a folder of their own: `java -cp '<tools>/*' org.apache.kafka.tools.TopicCommand`. */
export async function ensureKafkaTools(): Promise<{ tools: string; java: string }> {
  const { java } = await ensureJava();
  const tools = await cached(`kafka-tools-${version}`, (folder) =>
    copyJars(folder, [`org.apache.kafka:kafka-tools:${version}`, 'org.slf4j:slf4j-reload4j:1.7.36']),
  );
  return { tools, java };
}
