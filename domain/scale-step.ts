import type { Catalog } from './catalog.ts';
import { formatCount } from './format.ts';
import type { Check, Operation } from './operation.ts';
import type { Cause, PlanStep } from './plan.ts';
import { scaleUpAbove } from './runbook-numbers.ts';

/**
 * The step that takes a service from one count to another, with what must be true afterwards. Up: start the replicas,
 * then let the balancer know. Down: out of the balancer first, so that nothing in flight is lost.
 */
export const scaleStep = (
  catalog: Catalog,
  service: string,
  from: number,
  to: number,
  causes: Cause[],
): PlanStep => ({
  id: `scale-${service}`,
  title: `Scale ${service} from ${from} to ${formatCount(to, 'replica')}`,
  service,
  causes,
  operations: operationsOf(catalog, service, from, to),
  checks: checksOf(catalog, service, to, to > from),
  undoable: true,
});

const operationsOf = (catalog: Catalog, service: string, from: number, to: number): Operation[] => {
  const scale: Operation = { kind: 'scaleService', service, from, to };
  if (catalog.loadBalancer?.upstreamService !== service) return [scale];
  const upstream: Operation = { kind: 'reloadUpstream', service, from, to };
  return to > from ? [scale, upstream] : [upstream, scale];
};

const checksOf = (catalog: Catalog, service: string, replicas: number, up: boolean): Check[] => {
  const consumer = catalog.services[service]?.consumer;
  const checks: Check[] = [{ kind: 'replicasReady', service, replicas }];
  if (catalog.loadBalancer?.upstreamService === service)
    checks.push({ kind: 'everyReplicaReached', service, replicas });
  if (consumer === undefined) return checks;
  const { group, topic } = consumer;
  checks.push({ kind: 'groupStable', service, group, topic, members: replicas });
  // Fewer consumers work off a backlog more slowly: lag need not fall on the way down.
  if (up) checks.push({ kind: 'lagFalling', group, topic, belowMessages: scaleUpAbove.lagMessages });
  return checks;
};
