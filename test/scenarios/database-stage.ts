import type { Lab } from '../../demo/lab.ts';
import type { DowntimeReport } from '../../domain/downtime.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { startApproved } from './approving.ts';
import type { Procedure } from './steps.ts';

/** Starts a change of a database, and says yes where it asks. */
export const startResize = (lab: Lab, type: string, database: string, input: object): Promise<Procedure> =>
  startApproved(lab, type, databaseWorkflowId(lab.environment, database), {
    database,
    sampleMs: 1_000,
    backup: 'waived',
    ...input,
  });

/** Its steps with their facts, as progress. */
export function tellSteps(result: ProcedureResult, progress: (text: string) => void): void {
  for (const step of result.steps) progress(`${step.status} ${step.title}: ${step.facts.join('; ')}`);
  progress(`${result.outcome}: ${result.reason}`);
}

/** Sentences about what a change that must not be felt did to whoever reads and writes. */
export const liveViolations = (what: string, result: ProcedureResult): string[] => [
  ...(result.outcome === 'completed' ? [] : [`${what} ended ${result.outcome}: ${result.reason}`]),
  ...((result.downtime?.failedProbes ?? 1) === 0
    ? []
    : [`${what}: ${result.downtime?.failedProbes} probes failed (${result.downtime?.firstError})`]),
  ...lostWrites(what, result),
];

export const lostWrites = (what: string, { downtime }: ProcedureResult): string[] =>
  downtime === undefined
    ? [`${what}: nothing was measured`]
    : downtime.writesFound === downtime.writesAcknowledged
      ? []
      : [`${what}: ${downtime.writesAcknowledged - downtime.writesFound} acknowledged writes are lost`];

/** What several procedures measured, as one. */
export const measured = (reports: readonly (DowntimeReport | undefined)[]) => {
  const all = reports.filter((report) => report !== undefined);
  const sum = (of: (report: DowntimeReport) => number): number =>
    all.reduce((total, report) => total + of(report), 0);
  return {
    writesAcknowledged: sum(({ writesAcknowledged }) => writesAcknowledged),
    writesFound: sum(({ writesFound }) => writesFound),
    probes: sum(({ probes }) => probes),
    slowestProbeMs: Math.max(0, ...all.map(({ slowestProbeMs }) => slowestProbeMs)),
  };
};

export interface ContainerNow {
  id: string;
  name: string;
  state: string;
  memoryBytes: number;
  cpus: number;
  command: string[];
}

/** Every container of the service, also one that waits beside it. */
export async function containersOf({ docker, project }: Lab, service: string): Promise<ContainerNow[]> {
  const label = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`];
  const listed = await docker.listContainers({ all: true, filters: { label } });
  const inspected = await Promise.all(listed.map(({ Id }) => docker.getContainer(Id).inspect()));
  return inspected.map(({ Id, Name, State, HostConfig, Config }) => ({
    id: Id,
    name: Name.slice(1),
    state: State.Status,
    memoryBytes: HostConfig.Memory ?? 0,
    cpus: (HostConfig.NanoCpus ?? 0) / 1e9,
    command: Config.Cmd ?? [],
  }));
}
