import type { Lab } from '../../demo/lab.ts';
import { normalRatePerSecond } from '../../demo/spike.ts';
import { kafkaAdmin } from '../../adapters/kafka/cluster.ts';
import { createKafka } from '../../adapters/kafka/connect.ts';
import { kafkaSource } from '../../adapters/kafka/source.ts';
import { increasePartitionsWorkflowId } from '../../workflows/contracts/increase-partitions.ts';
import { startApproved } from './approving.ts';
import { countDeliveries, startConstantLoad } from './constant-load.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { untilStep } from './steps.ts';

const topic = 'message-events';
const group = 'message-service-group';

/** From 10 to 20 partitions while messages go on, the worker killed while a consumer restarts: every message is delivered. */
export const partitions: Scenario = {
  title: 'from 10 to 20 partitions while messages go on; the worker killed while a consumer restarts',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const { url, token } = lab.stack;
  const connection = createKafka({ brokers: lab.catalog.kafka?.brokers ?? [] });
  const kafka = kafkaAdmin(connection);
  const violations: string[] = [];
  const count = async (): Promise<number> => (await kafka.cluster([topic])).partitions.length;
  const before = await count();
  const load = startConstantLoad({ url, token, ratePerSecond: normalRatePerSecond });
  try {
    const workflowId = increasePartitionsWorkflowId(lab.environment, topic);
    const input = { topic, partitions: 20, sampleMs: 1_000 };
    progress(`${before} → 20 partitions of ${topic}, ${normalRatePerSecond} requests a second`);
    const handle = await startApproved(lab, 'increasePartitions', workflowId, input);
    await untilStep(handle, 'restart-', 'running');
    progress('a consumer restarts: SIGKILL of the worker');
    await lab.restartWorker();
    const result = await handle.result();
    await lab.saveHistory(handle.workflowId, 'increasePartitions/worker-killed');
    for (const step of result.steps) progress(`${step.status} ${step.title}: ${step.facts.join('; ')}`);
    const again = await (
      await startApproved(lab, 'increasePartitions', workflowId, { ...input, acknowledgeKeyRemap: true })
    ).result();
    const down = await (
      await startApproved(lab, 'increasePartitions', workflowId, { ...input, partitions: 10 })
    ).result();
    await load.stop();
    progress(`${result.outcome}: ${result.reason}; reading what became of ${load.ids().length} messages`);
    const delivered = await countDeliveries({ url, token }, load.ids(), 60_000);
    const seen = (await kafkaSource(connection).groups([{ group, topic }]))[group];
    const assigned = seen === undefined || seen instanceof Error ? 0 : seen.assignedPartitions;

    if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
    const routers = result.steps.filter(
      ({ id }) => id.startsWith('restart-') && id.includes('router-service'),
    );
    if (routers.length === 0) violations.push('router-service was not restarted');
    if (again.outcome !== 'no_change') violations.push(`the same again ended ${again.outcome}`);
    if (down.outcome !== 'rejected') violations.push(`downward ended ${down.outcome}`);
    if (assigned !== 20) violations.push(`${assigned} of 20 partitions are assigned`);
    violations.push(...delivered.lost.map((id) => `message ${id} was accepted and not delivered`));
    violations.push(...load.lost().map((text) => `request lost: ${text}`));
    return {
      outcome: result.outcome,
      violations,
      facts: {
        outageMs: load.outageMs(),
        failedProbes: load.lost().length,
        messagesProduced: load.ids().length,
        messagesConsumed: load.ids().length - delivered.lost.length,
        writesAcknowledged: load.ids().length,
        writesFound: load.ids().length - delivered.lost.length,
        messagesDeliveredMoreThanOnce: delivered.more,
        before: { partitions: before },
        after: { partitions: await count(), assigned },
        again: again.outcome,
        down: down.outcome,
        procedureMs: result.endedAtMs - result.startedAtMs,
        notes: result.notes.map(({ message }) => message),
      },
    };
  } finally {
    await load.stop();
    await connection.close();
  }
}
