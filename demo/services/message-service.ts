import { MongoClient, type Collection } from 'mongodb';
import type { Pool } from 'pg';
import { Counter } from 'prom-client';
import { recordsOf, topics, type Message } from './message.ts';
import { createBatcher } from './runtime/batcher.ts';
import { connectPostgres } from './runtime/database.ts';
import { numberOf, required } from './runtime/environment.ts';
import { connectKafka, startConsumer, startProducer } from './runtime/kafka.ts';
import { runService } from './runtime/service.ts';
import { connectTrace } from './runtime/trace.ts';
import { createWorkQueue } from './runtime/work-queue.ts';

const schema = `CREATE TABLE IF NOT EXISTS messages (
  id uuid PRIMARY KEY, conversation_id text NOT NULL, content_type text NOT NULL, created_at timestamptz NOT NULL)`;

interface MessageDocument {
  _id: string;
  conversation_id: string;
  content: string;
  created_at: Date;
}

/** Core of the platform: each message becomes a row, a document and a record on `message-routing`. Twice is as once. */
void runService('MessageService', async ({ replica, registry }) => {
  const processed = new Counter({
    name: 'messages_processed_total',
    help: 'Messages stored',
    registers: [registry],
  });
  const queue = createWorkQueue({ cpuMicros: numberOf('WORK_CPU_MICROS', 3_000), capacity: Infinity });
  const trace = connectTrace();
  const kafka = connectKafka('message-service');
  const mongo = new MongoClient(required('MONGODB_URL'), { maxPoolSize: 4 });
  const [pool, producer] = await Promise.all([
    connectPostgres({ registry, max: 5, schema }),
    startProducer(kafka),
    mongo.connect(),
  ]);
  const documents = mongo.db('chat4all').collection<MessageDocument>('messages');

  const store = createBatcher<Message>(
    async (messages) => {
      await Promise.all([writeRows(pool, messages), writeDocuments(documents, messages)]);
      const fields = { stored_at: new Date().toISOString(), stored_by: replica };
      await trace.record(messages.map(({ id }) => ({ id, fields })));
      await producer.send({ topic: topics.routing, acks: 1, messages: recordsOf(messages) });
      processed.inc(messages.length);
    },
    { lingerMs: 40, size: 50 },
  );
  const consumer = await startConsumer(kafka, {
    group: 'message-service-group',
    topic: topics.events,
    handle: async (message) => {
      await queue.run();
      await store.add(message);
    },
  });
  return {
    closers: [
      consumer.leave,
      store.flush,
      () => producer.disconnect(),
      () => pool.end(),
      () => mongo.close(),
      trace.close,
    ],
  };
});

const writeRows = async (pool: Pool, messages: readonly Message[]): Promise<void> => {
  await pool.query({
    name: 'write-messages',
    text: `INSERT INTO messages SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
           ON CONFLICT (id) DO NOTHING`,
    values: [
      messages.map(({ id }) => id),
      messages.map(({ conversation_id }) => conversation_id),
      messages.map(({ content_type }) => content_type),
      messages.map(({ created_at }) => created_at),
    ],
  });
};

const writeDocuments = async (
  documents: Collection<MessageDocument>,
  messages: readonly Message[],
): Promise<void> => {
  await documents.bulkWrite(
    messages.map(({ id, conversation_id, content, created_at }) => ({
      replaceOne: {
        filter: { _id: id },
        replacement: { conversation_id, content, created_at: new Date(created_at) },
        upsert: true,
      },
    })),
    { ordered: false },
  );
};
