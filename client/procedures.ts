import { randomUUID } from 'node:crypto';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { z } from 'zod';
import type { Catalog } from '../domain/catalog.ts';
import { describeIssues, type InputError } from '../domain/input-errors.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import {
  emergencyRollbackInput,
  emergencyScalingInput,
  incidentWorkflowId,
  rollbackWorkflowId,
  searchAttributes,
  taskQueueOf,
} from '../workflows/contracts.ts';
import { badInput } from './cli/cli-error.ts';

/** A procedure that can be started: its input, its id, and one sentence for the Temporal UI. */
interface Definition {
  input: z.ZodType<Request>;
  workflowId: (environment: string) => string;
  summary: (request: Request) => string;
  details: string;
}

/** Memo by which a start knows its own run from one that it has joined. */
const startMemo = 'crescendoStart';

/** Part of the workflow id of a dry run. */
export const planMark = '-plan-';

/** What every checked input has. */
export interface Request {
  environment: string;
  requestedBy: string;
  trigger: string;
  reason: string;
  dryRun: boolean;
  approval: 'none' | 'required';
  targets?: Record<string, number> | undefined;
  services?: string[] | undefined;
}

const definitions = {
  emergencyScaling: {
    input: emergencyScalingInput,
    workflowId: incidentWorkflowId,
    summary: ({ environment }) => `Scale ${environment} in an emergency`,
    details: 'Scenario 1 of the runbook: triage, gateway, core, busiest connector, proof that it helped.',
  },
  emergencyRollback: {
    input: emergencyRollbackInput,
    workflowId: rollbackWorkflowId,
    summary: ({ environment }) => `Put ${environment} back`,
    details: 'The rollback of the runbook: back to the snapshot, 30 s, health, function, root cause.',
  },
} as const satisfies Record<string, Definition>;

export type ProcedureName = keyof typeof definitions;
export const procedureNames = Object.keys(definitions) as ProcedureName[];

export type ProcedureHandle = WorkflowHandle<() => Promise<ProcedureResult>>;

export interface Started {
  handle: ProcedureHandle;
  workflowId: string;
  runId: string;
  /** One was running already: this is that one, and the input sent now did not count. */
  joined: boolean;
}

/** The name as a procedure. @throws CliError (exit 2) with those that exist. */
export function procedureNamed(name: string): ProcedureName {
  const found = procedureNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw badInput([{ path: 'procedure', message: `${name} does not exist: ${procedureNames.join(', ')}` }]);
}

/**
 * Checks an input against the schema of the procedure and the names of the catalog.
 * @throws CliError (exit 2) with every error and its path.
 */
export function checkInput(name: ProcedureName, input: unknown, catalog: Catalog): Request {
  const { input: schema } = definitions[name] as Definition;
  const parsed = schema.safeParse(input);
  const issues = parsed.success ? [] : describeIssues(parsed.error.issues);
  // A name that is no name at all is said once, by the schema.
  const known = unknownServices(input, catalog).filter(
    ({ path }) => !issues.some((issue) => issue.path === path && issue.message.startsWith('Invalid key')),
  );
  if (!parsed.success || known.length > 0) throw badInput([...issues, ...known]);
  return parsed.data;
}

/** Starts it, or joins the one that runs in the same environment. A dry run has an id of its own and joins nothing. */
export async function startProcedure(
  client: Client,
  name: ProcedureName,
  request: Request,
): Promise<Started> {
  const { environment, dryRun } = request;
  const { workflowId: idOf, summary, details } = definitions[name] as Definition;
  const workflowId = dryRun
    ? `crescendo-${environment}${planMark}${randomUUID().slice(0, 8)}`
    : idOf(environment);
  const token = randomUUID();
  const handle = await client.workflow.start<() => Promise<ProcedureResult>>(name, {
    workflowId,
    taskQueue: taskQueueOf(environment),
    args: [request] as never,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    memo: { [startMemo]: token },
    staticSummary: dryRun ? `Plan: ${summary(request)}` : summary(request),
    staticDetails: request.reason === '' ? details : `${details}\n\nReason: ${request.reason}`,
    typedSearchAttributes: [
      { key: keyword('environment'), value: environment },
      { key: keyword('procedure'), value: name },
      { key: keyword('trigger'), value: request.trigger },
      { key: keyword('requestedBy'), value: request.requestedBy },
    ],
  });
  const runId = handle.firstExecutionRunId;
  // Asked of the run itself: of two that start at the same moment exactly one has its token in it.
  const { memo } = await client.workflow.getHandle(workflowId, runId).describe();
  return { handle, workflowId, runId, joined: memo?.[startMemo] !== token };
}

const keyword = (name: 'environment' | 'procedure' | 'trigger' | 'requestedBy') =>
  defineSearchAttributeKey(searchAttributes[name].name, 'KEYWORD');

function unknownServices(input: unknown, catalog: Catalog): InputError[] {
  if (typeof input !== 'object' || input === null) return [];
  const { environment, targets, services } = input as Record<string, unknown>;
  const known = Object.keys(catalog.services);
  const message = `no such service in the catalog of ${catalog.environment}: ${known.join(', ')}`;
  const named = [
    ...(typeof targets === 'object' && targets !== null
      ? Object.keys(targets).map((service) => ({ path: `targets.${service}`, service }))
      : []),
    ...(Array.isArray(services)
      ? services.map((service, index) => ({ path: `services.${index}`, service: String(service) }))
      : []),
  ];
  const elsewhere =
    typeof environment === 'string' && environment !== catalog.environment
      ? [{ path: 'environment', message: `the catalog is of ${catalog.environment}` }]
      : [];
  return [
    ...elsewhere,
    ...named.filter(({ service }) => !known.includes(service)).map(({ path }) => ({ path, message })),
  ];
}
