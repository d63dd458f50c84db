import type { Catalog } from './catalog.ts';
import type { EditComposeFile, FileDifferences } from './compose-file-operation.ts';
import { formatCount } from './format.ts';
import { kafkaService } from './kafka-service.ts';
import type { Observation, Replica } from './observation.ts';
import { withHash } from './plan-hash.ts';
import type { Operation } from './operation.ts';
import type { Note, Plan, PlanStep } from './plan.ts';
import { operationText } from './render.ts';
import { renewedBy } from './renew-operation.ts';
import { renewStep } from './rollback-beside.ts';
import { scaleStep } from './scale-step.ts';
import { livingReplicas } from './service-readings.ts';
import { undoOf, undoPlan } from './undo.ts';

/** What is known of a procedure whose marks stand on the platform, or that was named. */
export interface TracedProcedure {
  procedureId: string;
  /** `ended`: by itself, so that what it left is meant; `cut-off`: terminated, timed out or gone, and nothing was cleaned up. */
  state: 'running' | 'ended' | 'cut-off';
  /** Replicas by service before it, from its own plan; empty when nobody could say. */
  snapshot: Readonly<Record<string, number>>;
  /** Edits of the compose file that it began, oldest first. */
  edits: readonly Pick<EditComposeFile, 'edits' | 'backup'>[];
  /** Lines of the file that these edits changed, and those that somebody else changed since. */
  file?: FileDifferences;
  /** What it began beside counts and edits, oldest first: see domain/past-procedure.ts. */
  operations: readonly Operation[];
}

export interface RepairInput {
  catalog: Catalog;
  catalogHash: string;
  observation: Observation;
  procedures: readonly TracedProcedure[];
  /** Whether the balancer sends to exactly the replicas that run; `undefined` without a balancer. */
  upstreamMatches: boolean | undefined;
  /** Leases that procedures hold which no longer run. */
  staleLeases: readonly { service: string; holder: string }[];
  /** Brokers and topics whose replication is held back; empty without Kafka. */
  throttled: readonly string[];
  /** Partitions that are being moved now. */
  movingPartitions: number;
  mode: 'show' | 'undo' | 'adopt';
  /** Name of the copy of the compose file that an adoption makes. */
  backup: string;
}

/**
 * What a procedure that was cut off has left over, and what is done about it. `undo` goes back to what ran before it, its edits
 * of the file too; `adopt` declares right what runs: the balancer and the file follow it, and what stands still is taken away.
 * `show` plans the undo, for somebody to read. Nothing left over gives a plan without steps.
 */
export const planRepair = (input: RepairInput): Plan => {
  const { catalog, catalogHash, observation, mode } = input;
  const cutOff = input.procedures.filter(({ state }) => state === 'cut-off');
  const found = Object.keys(catalog.services).flatMap((service) => leftOverOf(input, cutOff, service));
  const steps = mode === 'adopt' ? adopting(input, found) : undoing(input, cutOff, found);
  const notes: Note[] = [
    ...found.map(({ sentence }) => ({ rule: 'repair.replicas', message: sentence })),
    ...(input.upstreamMatches === false
      ? [{ rule: 'repair.upstream', message: 'the balancer does not send to exactly the replicas that run' }]
      : []),
    ...cutOff.flatMap(({ procedureId, edits }) =>
      edits.map(({ backup }) => ({
        rule: 'repair.compose-file',
        message: `${procedureId} edited the compose file; the bytes before are in ${backup}`,
      })),
    ),
    ...cutOff.flatMap(({ procedureId, file }) => (file === undefined ? [] : fileNotes(procedureId, file))),
    ...cutOff.flatMap(({ procedureId, operations }) =>
      operations.map((operation) => ({
        rule: 'repair.operation',
        message: `${procedureId} began: ${operationText(operation)}${undoOf(operation) === null ? ', which cannot be undone' : ''}`,
      })),
    ),
    ...otherNotes(input),
    ...input.procedures
      .filter(({ state }) => state === 'running')
      .map(({ procedureId }) => ({
        rule: 'repair.running',
        message: `${procedureId} still runs: its work is no left-over; abort it first where it should be`,
      })),
  ];
  const names = cutOff.map(({ procedureId }) => procedureId).join(', ');
  const finding =
    steps.length === 0
      ? mode === 'adopt' && cutOff.length > 0
        ? 'what runs is declared right'
        : 'nothing is left over'
      : `left over${names === '' ? '' : ` by ${names}`}: ${formatCount(steps.length, 'thing')}`;
  const { environment, atMs: observedAtMs } = observation;
  const plan = { procedure: 'repair', environment, catalogHash, observedAtMs, finding };
  const running = input.procedures.filter(({ state }) => state === 'running');
  const refusals =
    mode === 'show'
      ? []
      : running.map(({ procedureId }) => ({
          rule: 'repair.running',
          path: 'procedureId',
          message: `${procedureId} still runs: its work is no left-over`,
          remedy: `crescendo abort ${procedureId}, which cleans up by itself`,
        }));
  return withHash({ ...plan, steps, refusals, notes: steps.length === 0 ? otherNotes(input) : notes });
};

/** What would be put back, line by line; and what would be lost by that, which is why it is not done. */
const fileNotes = (procedureId: string, { own, foreign }: FileDifferences): Note[] => [
  ...(own.length === 0
    ? []
    : [
        {
          rule: 'repair.file-lines',
          message: `${procedureId} wrote into the compose file: ${own.join(' | ')}`,
        },
      ]),
  ...(foreign.length === 0
    ? []
    : [
        {
          rule: 'repair.file-foreign',
          message: `somebody else has edited the compose file since, so it is held and not put back: ${foreign.join(' | ')}`,
        },
      ]),
];

interface LeftOver {
  service: string;
  living: number;
  still: readonly Replica[];
  before: number | undefined;
  sentence: string;
}

/** A service whose count is not what it was before, or that has replicas which a cut-off procedure made and nobody started. */
const leftOverOf = (
  { observation }: RepairInput,
  cutOff: readonly TracedProcedure[],
  service: string,
): LeftOver[] => {
  const replicas = observation.services[service]?.replicas ?? [];
  const living = livingReplicas(replicas).length;
  // Of several the oldest knows what ran before all of them.
  const before = cutOff.map(({ snapshot }) => snapshot[service]).find((count) => count !== undefined);
  const still = replicas.filter(({ state }) => state !== 'running' && state !== 'restarting');
  const marked = replicas.filter(({ operationId }) =>
    cutOff.some(({ procedureId }) => operationId?.startsWith(`${procedureId}/`)),
  );
  const stands = still.filter((replica) => marked.includes(replica) || before !== undefined);
  const differs = before !== undefined && living !== before;
  if (!differs && stands.length === 0) return [];
  const sentence = [
    `${service} runs ${formatCount(living, 'replica')}`,
    ...(before === undefined ? [] : [`${before} ran before`]),
    ...(stands.length === 0 ? [] : [stands.map(({ name, state }) => `${name} is ${state}`).join(', ')]),
  ].join('; ');
  return [{ service, living, still: stands, before, sentence }];
};

const undoing = (
  input: RepairInput,
  cutOff: readonly TracedProcedure[],
  found: readonly LeftOver[],
): PlanStep[] => {
  const scales = found.map(({ service, living, still, before, sentence }) =>
    back(input.catalog, service, living + still.length, before ?? living, sentence),
  );
  const files = cutOff.flatMap(({ procedureId, edits }) =>
    edits.toReversed().map(({ edits: wanted, backup }, index) =>
      fileStep(`file-${procedureId}-${index}`, `Put the compose file back as in ${backup}`, {
        kind: 'restoreComposeFile',
        service: 'platform',
        edits: wanted,
        backup,
      }),
    ),
  );
  const others = cutOff.toReversed().flatMap(undoStep);
  const renewed = renewedBy(cutOff.flatMap(({ edits }) => edits.map((one) => one.edits)));
  const counts = renewed.flatMap((service) => {
    const seen = input.observation.services[service];
    const count =
      found.find((one) => one.service === service)?.before ?? livingReplicas(seen?.replicas ?? []).length;
    return Object.hasOwn(input.catalog.services, service) ? [[service, count] as const] : [];
  });
  return [
    ...scales,
    ...upstream(input, found, (one) => one.before ?? one.living),
    ...others,
    ...files,
    ...renewStep(Object.fromEntries(counts)),
    ...throttleStep(input),
  ];
};

const adopting = (input: RepairInput, found: readonly LeftOver[]): PlanStep[] => {
  const { catalog, backup } = input;
  const cleared = found
    .filter(({ still }) => still.length > 0)
    .map(({ service, living, still, sentence }) =>
      back(catalog, service, living + still.length, living, sentence),
    );
  const counts = Object.fromEntries(found.map(({ service, living }) => [service, { replicas: living }]));
  const { platform } = catalog;
  const writes = found.length > 0 && platform.kind === 'compose' && platform.composeFile !== undefined;
  const file = writes
    ? [
        fileStep('file', 'Write what runs into the compose file', {
          kind: 'editComposeFile',
          service: 'platform',
          edits: counts,
          backup,
        }),
      ]
    : [];
  return [...cleared, ...upstream(input, found, ({ living }) => living), ...file, ...throttleStep(input)];
};

/** What can be undone of it, last first; each undo goes to the state before, from wherever the procedure was cut off. */
const undoStep = ({ procedureId, operations }: TracedProcedure): PlanStep[] => {
  const back = undoPlan(operations);
  const [first] = back;
  if (first === undefined) return [];
  return [
    {
      id: `undo-${procedureId}`,
      title: `Undo what ${procedureId} began`,
      service: first.service,
      causes: [{ rule: 'repair.operation', sentence: `${procedureId} was cut off in the middle` }],
      operations: back,
      checks: [],
      undoable: false,
    },
  ];
};

/** The proof that all copies are in sync takes the throttle off, which nobody needs when nothing moves. */
const throttleStep = ({ catalog, throttled, movingPartitions }: RepairInput): PlanStep[] => {
  if (throttled.length === 0 || movingPartitions > 0) return [];
  const service = kafkaService(catalog);
  return [
    {
      id: 'repair-throttle',
      title: 'Take the throttle of Kafka off',
      service,
      causes: [{ rule: 'repair.throttle', sentence: `a throttle is left on ${throttled.join(', ')}` }],
      operations: [],
      checks: [{ kind: 'copiesInSync', service, topics: [] }],
      undoable: false,
    },
  ];
};

/** What ends by itself, or needs somebody's eyes only. */
const otherNotes = ({ staleLeases, movingPartitions }: RepairInput): Note[] => [
  ...staleLeases.map(({ service, holder }) => ({
    rule: 'repair.lease',
    message: `${holder}, which has ended, still holds ${service}: the next who asks gets it`,
  })),
  ...(movingPartitions === 0
    ? []
    : [
        {
          rule: 'repair.reassignment',
          message: `Kafka moves ${formatCount(movingPartitions, 'partition')}: it ends by itself; plan again then, for its throttle`,
        },
      ]),
];

/** The driver takes away what stands still first, since it is the newest. */
const back = (catalog: Catalog, service: string, from: number, to: number, sentence: string): PlanStep => ({
  ...scaleStep(catalog, service, from, to, [
    { rule: 'repair.replicas', value: from, threshold: to, sentence },
  ]),
  id: `repair-${service}`,
});

/** Where no step of the front door tells the balancer anyway. */
const upstream = (
  { catalog, observation, upstreamMatches }: RepairInput,
  found: readonly LeftOver[],
  countOf: (one: LeftOver) => number,
): PlanStep[] => {
  const service = catalog.loadBalancer?.upstreamService;
  if (service === undefined || upstreamMatches !== false) return [];
  if (found.some((one) => one.service === service && countOf(one) !== one.living)) return [];
  const to = livingReplicas(observation.services[service]?.replicas ?? []).length;
  return [
    {
      id: 'repair-upstream',
      title: `Tell the balancer of ${formatCount(to, 'replica')} of ${service}`,
      service,
      causes: [
        { rule: 'repair.upstream', sentence: 'the balancer does not send to exactly the replicas that run' },
      ],
      operations: [{ kind: 'reloadUpstream', service, from: to, to }],
      checks: [{ kind: 'everyReplicaReached', service, replicas: to }],
      undoable: false,
    },
  ];
};

const fileStep = (id: string, title: string, operation: PlanStep['operations'][number]): PlanStep => ({
  id,
  title,
  service: 'platform',
  causes: [{ rule: 'repair.compose-file', sentence: 'the file should say what is right' }],
  operations: [operation],
  checks: [],
  undoable: true,
});
