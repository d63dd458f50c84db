import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Lab } from '../../demo/lab.ts';
import { run } from '../../scripts/setup/run.ts';
import { taskQueueOf } from '../../workflows/contracts.ts';
import {
  plannedScalingWorkflowId,
  type PlannedScalingInput,
} from '../../workflows/contracts/planned-scaling.ts';
import type { Procedure } from './steps.ts';

/** Times of the runbook, shortened; looks at the platform each second. */
export const shortened = { everyMs: 1_000, sampleMs: 1_000 };

export const startPlanned = (lab: Lab, input: Omit<PlannedScalingInput, 'environment'>): Promise<Procedure> =>
  lab.client.workflow.start('plannedScaling', {
    workflowId: plannedScalingWorkflowId(lab.environment, input.event.name),
    taskQueue: taskQueueOf(lab.environment),
    args: [{ environment: lab.environment, requestedBy: 'scenario', ...shortened, ...input }] as never,
  });

/** `deploy.replicas` of the services in the compose file that the lab runs from. */
export async function replicasInFile(
  lab: Lab,
  services: readonly string[],
): Promise<Record<string, unknown>> {
  const file = parse(await readFile(lab.stack.composeFile, 'utf8'), { merge: true }) as {
    services: Record<string, { deploy?: { replicas?: number } }>;
  };
  return Object.fromEntries(services.map((service) => [service, file.services[service]?.deploy?.replicas]));
}

/** Servers in the balancer's upstream. */
export async function upstreamServers(lab: Lab): Promise<number> {
  const text = await readFile(join(lab.stack.folder, 'nginx', 'conf.d', 'chat4all.conf'), 'utf8');
  return text.match(/^\s*server \S+:\d+ /gm)?.length ?? 0;
}

/** What a `docker compose up -d` by hand makes, removes or starts anew: containers by id and start. */
export const composeUpChanged = (lab: Lab): Promise<string[]> => changedBy(lab, startsOf);

/** What it makes or removes: it may have to start what an engine that was killed has left stopped. */
export const composeUpRecreated = (lab: Lab): Promise<string[]> => changedBy(lab, idsOf);

async function changedBy(lab: Lab, look: (lab: Lab) => Promise<Map<string, string>>): Promise<string[]> {
  const before = await look(lab);
  await composeUp(lab);
  const after = await look(lab);
  const differs = (from: Map<string, string>, to: Map<string, string>): string[] =>
    [...from].filter(([id]) => !to.has(id)).map(([, name]) => name);
  return [...differs(before, after), ...differs(after, before)];
}

/** As somebody would by hand. */
export async function composeUp(lab: Lab): Promise<void> {
  const { folder, composeFile } = lab.stack;
  const where = ['--project-directory', folder, '--file', composeFile, '--project-name', lab.project];
  const ran = await run('docker', ['compose', ...where, 'up', '-d'], { timeoutMs: 180_000, cwd: folder });
  if (!ran.ok) throw new Error(`docker compose up -d failed:\n${ran.said}`);
}

async function startsOf(lab: Lab): Promise<Map<string, string>> {
  const ids = [...(await idsOf(lab))];
  const starts = await Promise.all(
    ids.map(async ([id]) => (await lab.docker.getContainer(id).inspect()).State.StartedAt),
  );
  return new Map(ids.map(([id, name], index) => [`${id} ${starts[index]}`, name]));
}

async function idsOf({ docker, project }: Lab): Promise<Map<string, string>> {
  const filters = { label: [`com.docker.compose.project=${project}`] };
  const list = await docker.listContainers({ all: true, filters });
  return new Map(list.map(({ Id, Names }) => [Id, Names[0] ?? Id]));
}
