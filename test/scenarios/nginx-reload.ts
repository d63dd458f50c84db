import { setUpstream } from '../../adapters/nginx/change.ts';
import { readMark } from '../../adapters/nginx/render.ts';
import type { Lab } from '../../demo/lab.ts';
import { normalRatePerSecond } from '../../demo/spike.ts';
import type { LoadBalancerSpec } from '../../domain/catalog.ts';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { Platform } from '../../platforms/platform.ts';
import { startConstantLoad } from './constant-load.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { replicaViolations, resetPlatform, startEmergency } from './steps.ts';

const gateway = 'api-gateway';
/** Replicas in the upstream, again and again: each change is a reload. */
const sizes = [2, 3, 2, 1];

/** The upstream of the runbook's 2.4 changes many times under constant load: no request fails for it. */
export const nginxReload: Scenario = {
  title: 'the upstream is reloaded many times under constant load: no request fails',
  run: play,
};

async function play(lab: Lab, { progress, rounds }: ScenarioOptions): Promise<ScenarioEnd> {
  const { url, token } = lab.stack;
  const { catalog } = lab;
  if (catalog.platform.kind !== 'compose' || catalog.loadBalancer === undefined)
    throw new Error('this scenario needs the demo on Compose, with its balancer');
  const platform = createComposePlatform(catalog.platform);
  await resetPlatform(lab);
  progress('scaling the gateway out to 3');
  const targets = { [gateway]: 3, 'message-service': 1, 'whatsapp-connector': 1 };
  const out = await (await startEmergency(lab, { targets, effectiveness: { timeoutMs: 5_000 } })).result();
  const violations = await replicaViolations(lab, { [gateway]: 3 });

  progress(`${out.outcome}: ${rounds * sizes.length} reloads, ${normalRatePerSecond} requests a second`);
  const load = startConstantLoad({ url, token, ratePerSecond: normalRatePerSecond });
  const reloadMs: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1)
      for (const size of sizes) reloadMs.push(await reload(platform, catalog.loadBalancer, size));
  } finally {
    await load.stop();
    await platform.close();
  }
  violations.push(...load.lost());
  const sorted = reloadMs.toSorted((a, b) => a - b);
  return {
    outcome: out.outcome,
    violations,
    facts: {
      reloads: reloadMs.length,
      requestsSent: load.sent(),
      requestsFailed: load.lost().length,
      reloadMsMedian: sorted[Math.floor(sorted.length / 2)],
      reloadMsMax: sorted.at(-1),
    },
  };
}

/** With the token that stands in the file: nobody else has the lease by now. Gives the time it took. */
async function reload(platform: Platform, spec: LoadBalancerSpec, size: number): Promise<number> {
  const observed = await platform.observe([gateway, spec.service]);
  const names = (observed[gateway] ?? []).map(({ name }) => name).slice(0, size);
  const [balancer] = observed[spec.service] ?? [];
  if (balancer === undefined) throw new Error(`no replica of ${spec.service} is there`);
  const text = await platform.readFile(balancer.name, spec.configFile);
  const fencingToken = readMark(text, spec.upstreamName)?.fencingToken ?? 0;
  const startedAtMs = performance.now();
  const operationId = `scenario/nginx-reload/${size}`;
  const [fact] = await setUpstream(platform, spec, { replicas: names, operationId, fencingToken });
  // Counted are reloads that took place, not calls.
  if (fact?.includes('reloaded') !== true) throw new Error(`no reload to ${size} replicas: ${fact}`);
  return Math.round(performance.now() - startedAtMs);
}
