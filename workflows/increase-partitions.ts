import { isUncalled, planPartitions, servicesToRestart } from '../domain/plan-partitions.ts';
import { kafkaService } from '../domain/kafka-service.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { leasePriority } from './contracts.ts';
import { increasePartitionsInput, type IncreasePartitionsInput } from './contracts/increase-partitions.ts';
import { perform } from './engine/activities.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { executeSteps } from './engine/steps.ts';

/** Runbook 3.2: more partitions for a topic, without downtime and without a way back. */
export async function increasePartitions(input: IncreasePartitionsInput): Promise<ProcedureResult> {
  const request = parseInput('increasePartitions', increasePartitionsInput, input);
  const run = new Run('increasePartitions', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { topic, partitions, sampleMs } = request;
    const services = servicesToRestart(catalog, topic, request.services);
    const known = services.filter((service) => Object.hasOwn(catalog.services, service));
    const seen = await perform(
      'readKafka',
      [{ topic, services: known, sampleMs }],
      `what Kafka says of ${topic}`,
      sampleMs,
    );
    const plan = planPartitions({
      ...seen,
      catalog,
      catalogHash: hash,
      topic,
      partitions,
      services: request.services,
      drainFirst: request.drainFirst,
    });
    // What cannot be taken back, or what nothing calls for, is somebody's word.
    if (!request.acknowledgeKeyRemap || isUncalled(plan)) run.request.approval = 'required';
    await agreeOn(run, plan);
    await takeLease(run, [kafkaService(catalog), ...services], leasePriority.planned);
    await executeSteps(run, { ...request, reachTimeoutMs: 0, lagTimeoutMs: request.drainTimeoutMs });
    return new Ending('completed', `${topic} has ${partitions} partitions, and every consumer knows of them`);
  });
}
