import { Counter } from 'prom-client';
import { channels, recordsOf, topics, type Channel, type Message } from './message.ts';
import { createBatcher } from './runtime/batcher.ts';
import { numberOf } from './runtime/environment.ts';
import { connectKafka, startConsumer, startProducer } from './runtime/kafka.ts';
import { runService } from './runtime/service.ts';
import { connectTrace } from './runtime/trace.ts';
import { createWorkQueue } from './runtime/work-queue.ts';

/** Puts each message on the topic of its channel. */
void runService('RouterService', async ({ registry }) => {
  const processed = new Counter({
    name: 'messages_processed_total',
    help: 'Messages routed',
    registers: [registry],
  });
  const queue = createWorkQueue({ cpuMicros: numberOf('WORK_CPU_MICROS', 500), capacity: Infinity });
  const trace = connectTrace();
  const kafka = connectKafka('router-service');
  const producer = await startProducer(kafka);
  const route = createBatcher<Message>(
    async (messages) => {
      const routed_at = new Date().toISOString();
      await trace.record(
        messages.map(({ id, conversation_id }) => ({
          id,
          fields: { routed_at, channel: channelOf(conversation_id) },
        })),
      );
      const byChannel = channels.map((channel) => ({
        topic: topics.outbound(channel),
        messages: recordsOf(messages.filter(({ conversation_id }) => channelOf(conversation_id) === channel)),
      }));
      await producer.sendBatch({
        acks: 1,
        topicMessages: byChannel.filter(({ messages }) => messages.length > 0),
      });
      processed.inc(messages.length);
    },
    { lingerMs: 40, size: 100 },
  );
  const consumer = await startConsumer(kafka, {
    group: 'router-service-group',
    topic: topics.routing,
    handle: async (message) => {
      await queue.run();
      await route.add(message);
    },
  });
  return { closers: [consumer.leave, route.flush, () => producer.disconnect(), trace.close] };
});

/** Always the same channel for a conversation: of ten, seven are on WhatsApp, two on Telegram, one on Instagram. */
const channelOf = (conversationId: string): Channel => {
  const hash = Buffer.from(conversationId).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7);
  const slot = hash % 10;
  if (slot < 7) return 'whatsapp';
  return slot < 9 ? 'telegram' : 'instagram';
};
