import type { EditComposeFile } from './compose-file-operation.ts';
import { formatCount } from './format.ts';
import type { Operation } from './operation.ts';
import type { Note, PlanStep, Refusal } from './plan.ts';
import { renewalsBack } from './renew-operation.ts';
import { operationText } from './render.ts';
import { undoOf, undoPlan } from './undo.ts';

/** What a procedure changed beside counts, the balancer and edits of the file: databases, added services, brokers. */
export interface Beside {
  procedureId: string;
  /** In the order of its plan. */
  operations: readonly Operation[];
  /** It ended well: what it kept for its own way back is gone. */
  isComplete: boolean;
}

export type RolledBackEdit = Pick<EditComposeFile, 'edits' | 'backup'>;

/** One step, last first: what was added goes before the file that it was written into is put back. */
export const besideStep = (
  { procedureId, operations }: Beside,
  edits: readonly RolledBackEdit[],
  now: Readonly<Record<string, number>> = {},
): PlanStep[] => {
  const back = undoPlan(operations);
  const [first] = back;
  if (first === undefined) return [];
  const databases = new Map(
    operations.flatMap((operation) =>
      'database' in operation ? [[operation.database, operation.service] as const] : [],
    ),
  );
  return [
    {
      id: 'beside',
      title: `Undo what ${procedureId} changed`,
      service: first.service,
      causes: [
        {
          rule: 'rollback.beside',
          sentence: `${formatCount(back.length, 'change')} of it to take back`,
        },
      ],
      operations: [...back, ...fileStep(edits, now).flatMap((step) => step.operations)],
      checks: [...databases].map(([database, service]) => ({
        kind: 'databaseAnswers',
        service,
        database,
        settings: {},
      })),
      undoable: true,
    },
  ];
};

/** The container that ran before a restart is kept until the restart has proved itself, and no longer. */
export const goneRefusals = ({ procedureId, operations, isComplete }: Beside): Refusal[] =>
  operations
    .filter(({ kind }) => isComplete && kind === 'replaceContainer')
    .map(({ service }) => ({
      rule: 'rollback.replaced',
      path: 'procedureId',
      message: `${procedureId} ended well, and the container in which ${service} ran before its restart is gone`,
      remedy: `resize it again with the values of before: \`crescendo history ${procedureId} --report\` has them`,
    }));

export const staysNotes = ({ operations }: Beside): Note[] =>
  operations
    .filter((operation) => undoOf(operation) === null)
    .map((operation) => ({
      rule: 'rollback.stays',
      message: `${operationText(operation)}: nothing puts that back`,
    }));

/**
 * One step, since each copy holds what the edit before it has made.
 * @param now replicas by service that would have to follow the edits again, were this undone
 */
export const fileStep = (
  edits: readonly RolledBackEdit[],
  now: Readonly<Record<string, number>> = {},
): PlanStep[] =>
  edits.length === 0
    ? []
    : [
        {
          id: 'compose-file',
          title: 'Put the compose file back',
          service: 'platform',
          causes: [
            {
              rule: 'rollback.compose-file',
              sentence: `${formatCount(edits.length, 'edit')} of it to take back`,
            },
          ],
          operations: [
            ...renewalsBack(now, 'undo'),
            ...edits
              .toReversed()
              .map((one) => ({ ...one, kind: 'restoreComposeFile', service: 'platform' }) as const),
          ],
          checks: [],
          undoable: true,
        },
      ];

/** After the file was put back and every count is that of before: replicas with other resources follow the file, or an `up -d` would. */
export const renewStep = (replicas: Readonly<Record<string, number>>): PlanStep[] => {
  const operations = renewalsBack(replicas, 'apply');
  if (operations.length === 0) return [];
  return [
    {
      id: 'renew',
      title: `Renew ${operations.map(({ service }) => service).join(', ')} by the compose file of before`,
      service: 'platform',
      causes: [
        {
          rule: 'rollback.renew',
          sentence: 'they run with the resources of the edit: the next up -d would make them anew',
        },
      ],
      operations,
      checks: [],
      undoable: true,
    },
  ];
};

/** Renewals wait for the file and the counts; everything else is done side by side. */
export const isAfterwards = ({ operations }: PlanStep): boolean =>
  operations.some((operation) => operation.kind === 'renewService' && operation.at === 'apply');
