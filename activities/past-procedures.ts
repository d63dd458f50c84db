import { defaultPayloadConverter } from '@temporalio/common';
import { WorkflowNotFoundError, type WorkflowExecutionInfo } from '@temporalio/client';
import type { PastProcedure } from '../domain/past-procedure.ts';
import { leaseTableQuery, leaseWorkflowId, searchAttributes } from '../workflows/contracts.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';

/** As many as a repair looks through, the newest first. */
const most = 200;

/** What ran in the environment, from Temporal's list: also what left no mark on the platform. */
export const pastProcedureActivities = ({
  client,
}: Pick<Dependencies, 'client'>): Pick<Activities, 'listProcedures' | 'readLeases'> => ({
  listProcedures: async ({ environment, sinceMs }) => {
    const since = new Date(sinceMs).toISOString();
    const query = `${searchAttributes.environment.name} = "${environment}" AND StartTime >= "${since}"`;
    const found: PastProcedure[] = [];
    for await (const info of client.workflow.list({ query })) {
      found.push(await pastProcedure(client, info));
      if (found.length >= most) break;
    }
    return found;
  },

  readLeases: async ({ environment }) => {
    try {
      const handle = client.workflow.getHandle(leaseWorkflowId(environment));
      const { held } = await handle.query(leaseTableQuery);
      return {
        held: held.flatMap(({ services, holder }) => services.map((service) => ({ service, holder }))),
      };
    } catch (error) {
      // No lease workflow: nobody holds anything.
      if (error instanceof WorkflowNotFoundError) return { held: [] };
      throw error;
    }
  },
});

async function pastProcedure(
  client: Dependencies['client'],
  info: WorkflowExecutionInfo,
): Promise<PastProcedure> {
  const values = (which: keyof typeof searchAttributes): string[] =>
    (
      (info.searchAttributes as Record<string, unknown[] | undefined>)[searchAttributes[which].name] ?? []
    ).map(String);
  const procedure = values('procedure')[0] ?? info.type;
  const about = putsRight.includes(procedure) ? await aboutOf(client, info) : undefined;
  return {
    procedureId: info.workflowId,
    runId: info.runId,
    procedure,
    state: stateOf(info.status.name),
    outcome: values('outcome')[0] ?? '',
    services: values('services'),
    startedAtMs: info.startTime.getTime(),
    ...(info.closeTime === undefined ? {} : { endedAtMs: info.closeTime.getTime() }),
    ...(about === undefined ? {} : { about }),
  };
}

const putsRight = ['repair', 'emergencyRollback'];

/** `CANCELED` and `COMPLETED` cleaned up; one that was continued goes on under the same id. */
const stateOf = (name: string): PastProcedure['state'] => {
  if (name === 'RUNNING') return 'running';
  return ['TERMINATED', 'TIMED_OUT', 'FAILED'].includes(name) ? 'cut-off' : 'ended';
};

/** Whom it was started for, as its input has it. */
async function aboutOf(
  client: Dependencies['client'],
  info: WorkflowExecutionInfo,
): Promise<PastProcedure['about']> {
  const handle = client.workflow.getHandle(info.workflowId, info.runId);
  const { events } = await handle.fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (payload === undefined) return undefined;
  const input = defaultPayloadConverter.fromPayload<{ procedureId?: string; mode?: string }>(payload);
  const { procedureId, mode } = input;
  return procedureId === undefined ? undefined : { procedureId, ...(mode === undefined ? {} : { mode }) };
}
