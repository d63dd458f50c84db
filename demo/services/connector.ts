import { Counter } from 'prom-client';
import { channels, topics, type Message } from './message.ts';
import { createBatcher } from './runtime/batcher.ts';
import { numberOf } from './runtime/environment.ts';
import { connectKafka, startConsumer } from './runtime/kafka.ts';
import { log } from './runtime/log.ts';
import { runService } from './runtime/service.ts';
import { connectTrace } from './runtime/trace.ts';
import { createWorkQueue } from './runtime/work-queue.ts';

const channel = channels.find((name) => name === process.env['CHANNEL']);
if (channel === undefined) throw new Error(`CHANNEL must be one of ${channels.join(', ')}`);
const name = `${channel.slice(0, 1).toUpperCase()}${channel.slice(1)}Connector`;

/** The way out to one external platform, named by CHANNEL. Each delivery is recorded with the replica that made it. */
void runService(name, async ({ replica, registry }) => {
  const processed = new Counter({
    name: 'messages_processed_total',
    help: 'Messages delivered',
    registers: [registry],
  });
  const queue = createWorkQueue({ cpuMicros: numberOf('WORK_CPU_MICROS', 2_000), capacity: Infinity });
  const trace = connectTrace();
  const deliver = createBatcher<Message>(
    async (messages) => {
      const fields = { delivered_at: new Date().toISOString(), delivered_by: replica };
      await trace.record(messages.map(({ id }) => ({ id, fields, count: 'delivered_times' })));
      processed.inc(messages.length);
    },
    { lingerMs: 40, size: 100 },
  );
  const consumer = await startConsumer(connectKafka(`${channel}-connector`), {
    group: `${channel}-connector-group`,
    topic: topics.outbound(channel),
    handle: async (message) => {
      log.info(`Processing message ${message.id}`);
      await queue.run();
      await deliver.add(message);
    },
  });
  return { closers: [consumer.leave, deliver.flush, trace.close] };
});
