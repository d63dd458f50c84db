import type { AddedService } from './added-service.ts';
import { backupName } from './backup-name.ts';
import type { Catalog } from './catalog.ts';
import { formatCount } from './format.ts';
import type { ReplicaSetPlanInput } from './plan-replica-set.ts';
import type { Cause, PlanStep } from './plan.ts';
import type { SetMember } from './replica-set-operation.ts';

export const restartId = 'restart';
/** The step of a node that takes no writes before it: nobody can watch them yet. */
export const initiateId = 'initiate';

/** As the runbook names them, beside the standing node. */
export const secondariesOf = (
  { databases = {} }: Catalog,
  database: string,
  asked?: readonly string[],
): readonly string[] => {
  const service = databases[database]?.service ?? database;
  return asked ?? [`${service}-secondary-1`, `${service}-secondary-2`];
};

/** The standing node first. */
export const membersOf = ({
  container,
  node,
  secondaries,
}: Pick<ReplicaSetPlanInput, 'container' | 'node' | 'secondaries'>): SetMember[] =>
  [container.service, ...secondaries].map((name) => ({ node: name, host: `${name}:${node.port}` }));

/** From whatever there is of the set to the whole of it; none where it is whole. */
export const replicaSetSteps = (input: ReplicaSetPlanInput, causes: Cause[]): PlanStep[] => {
  const { set, node, database, container } = input;
  const { service } = container;
  const [, ...others] = membersOf(input);
  const inSet = new Map(node.set?.members.map(({ host, votes }) => [host, votes]));
  const joining = others.filter(({ host }) => !inSet.has(host));
  const voting = others.filter(({ host }) => (inSet.get(host) ?? 0) === 0).map(({ host }) => host);
  const steps = [
    ...(node.set === undefined ? [firstMember(input, causes)] : []),
    ...newNodes(input, causes),
    ...joining.map((member): PlanStep => ({
      id: `join-${member.node}`,
      title: `Let ${member.node} copy the data`,
      service,
      causes,
      operations: [{ kind: 'joinReplicaSet', service, database, set, member, at: 'apply' }],
      checks: [{ kind: 'memberIsSecondary', service, database, host: member.host }],
      undoable: true,
    })),
    ...(voting.length === 0
      ? []
      : [
          {
            id: 'votes',
            title: 'Give the new members their votes',
            service,
            causes,
            operations: [{ kind: 'giveVotes', service, database, set, hosts: voting, at: 'apply' }],
            checks: [],
            undoable: true,
          } satisfies PlanStep,
        ]),
  ];
  return steps.length === 0 ? [] : [...steps, proof(input)];
};

/** One restart, and the set right behind it: in between the node takes no writes. */
const firstMember = (input: ReplicaSetPlanInput, causes: Cause[]): PlanStep => {
  const { set, node, database, container, downtimeBudgetMs, observedAtMs } = input;
  const { service } = container;
  const host = `${service}:${node.port}`;
  const initiate = {
    kind: 'initiateReplicaSet',
    service,
    database,
    set,
    host,
    budgetMs: downtimeBudgetMs,
    at: 'apply',
  } as const;
  if (node.replSet !== undefined)
    return {
      id: initiateId,
      title: `Make ${service} the first member of ${set}`,
      service,
      causes,
      operations: [{ ...initiate, isUndoable: false }],
      checks: [],
      undoable: false,
    };
  const edit = { command: withReplSet(container.command, set) };
  return {
    id: restartId,
    title: `Restart ${service} once as the first member of ${set}, on the data that it has`,
    service,
    causes,
    operations: [
      { kind: 'editComposeFile', service, edits: { [service]: edit }, backup: backupName(observedAtMs) },
      { kind: 'replaceContainer', service, database, edit, budgetMs: downtimeBudgetMs, at: 'apply' },
      { ...initiate, isUndoable: true },
    ],
    checks: [],
    undoable: true,
  };
};

const newNodes = (input: ReplicaSetPlanInput, causes: Cause[]): PlanStep[] => {
  const { container, secondaries, taken, node, observedAtMs } = input;
  const { service } = container;
  const names = secondaries.filter((name) => !Object.hasOwn(taken.services, name));
  if (names.length === 0) return [];
  const added = Object.fromEntries(names.map((name) => [name, nodeLike(input, name)]));
  return [
    {
      id: 'nodes',
      title: `Start ${formatCount(names.length, 'node')}: ${names.join(', ')}`,
      service,
      causes,
      // Another copy than that of the restart: each undo puts back the bytes that it found.
      operations: [{ kind: 'addServices', service, added, backup: `${backupName(observedAtMs)}.nodes` }],
      checks: [{ kind: 'nodesAnswer', service, nodes: names, port: node.port }],
      undoable: true,
    },
  ];
};

/** Its image, limits and networks are those of the standing one, its data is its own. */
const nodeLike = ({ container, node, set }: ReplicaSetPlanInput, name: string): AddedService => {
  const { service, command } = container;
  return {
    like: service,
    ...(container.name.endsWith(service)
      ? { containerName: `${container.name.slice(0, -service.length)}${name}` }
      : {}),
    command: withReplSet(command, set),
    volumes: { [`${name}-data`]: node.dataFolder },
  };
};

const proof = (input: ReplicaSetPlanInput): PlanStep => {
  const { container, database, set } = input;
  const { service } = container;
  return {
    id: 'proof',
    title: 'Prove that every member has the data',
    service,
    causes: [{ rule: 'replica-set.proof', sentence: 'a copy that nobody has counted is no copy' }],
    operations: [],
    checks: [{ kind: 'replicaSetFormed', service, database, set, members: membersOf(input) }],
    undoable: true,
  };
};

/** `--replSet rs0 --bind_ip_all` in the arguments of mongod, put or changed. */
export const withReplSet = (command: readonly string[], set: string): string[] => {
  const kept: string[] = [];
  for (let index = 0; index < command.length; index += 1) {
    const word = command[index] ?? '';
    if (/^--(replSet|bind_ip)=/.test(word) || word === '--bind_ip_all') continue;
    if (word === '--replSet' || word === '--bind_ip') index += 1;
    else kept.push(word);
  }
  return [...(kept.length === 0 ? ['mongod'] : kept), '--replSet', set, '--bind_ip_all'];
};
