import { namesOfAdded } from '../domain/added-service.ts';
import { backupName } from '../domain/backup-name.ts';
import { kafkaService } from '../domain/kafka-service.ts';
import { brokersToAdd, planBrokers } from '../domain/plan-brokers.ts';
import { isUncalled } from '../domain/plan-partitions.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { leasePriority } from './contracts.ts';
import { addBrokersInput, type AddBrokersInput } from './contracts/add-brokers.ts';
import { perform } from './engine/activities.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { executeSteps } from './engine/steps.ts';

/** Runbook 3.2: more brokers, with their share of the partitions, while messages go on. */
export async function addBrokers(input: AddBrokersInput): Promise<ProcedureResult> {
  const request = parseInput('addBrokers', addBrokersInput, input);
  const run = new Run('addBrokers', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const service = kafkaService(catalog);
    const { sampleMs, joinTimeoutMs } = request;
    const [{ cluster, ongoing, throttled, symptoms, observedAtMs }, broker] = await Promise.all([
      perform('readKafka', [{ services: [], sampleMs }], 'brokers, partitions, symptoms', sampleMs),
      perform('readBrokerSettings', [{ service }], 'how the broker is reached, and room for more'),
    ]);
    const { added } = brokersToAdd({ ...request, ...broker, catalog, cluster, ongoing });
    const names = namesOfAdded(added);
    const taken =
      names.services.length === 0
        ? { services: {}, volumes: [] }
        : await perform('findTakenNames', [names], 'names that are taken');
    const plan = planBrokers({
      ...request,
      ...broker,
      catalog,
      catalogHash: hash,
      cluster,
      ongoing,
      taken,
      throttled,
      symptoms,
      observedAtMs,
      backup: backupName(run.startedAtMs),
    });
    if (isUncalled(plan)) run.request.approval = 'required';
    await agreeOn(run, plan);
    await takeLease(run, [service], leasePriority.planned);
    await executeSteps(run, {
      readyTimeoutMs: joinTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      reachTimeoutMs: 0,
      lagTimeoutMs: 0,
    });
    return new Ending('completed', `${request.brokers} brokers carry the partitions, all copies in sync`);
  });
}
