import type { ServiceSpec } from './catalog.ts';
import { nothingTaken, roomFor, takeFor, type Taken } from './host-room.ts';
import type { HostObservation, Resources, ServiceObservation } from './observation.ts';
import type { Note, Refusal } from './plan.ts';

/** A target with what limits it. The original stays in every sentence. */
export interface LimitedTarget {
  /** What can run; the wanted count where nothing stands against it. */
  replicas: number;
  refusals: Refusal[];
  notes: Note[];
  taken: Taken;
}

export interface LimitInput {
  spec: ServiceSpec;
  observed: ServiceObservation;
  /** Replicas that exist now. */
  now: number;
  wanted: number;
  /** A person asked for this count: it is refused, not changed behind their back. A catalog's default is capped. */
  asked: boolean;
  /** Of the topic that the service consumes: a count, `null` when it is not there, `undefined` when nobody could say. */
  partitions: number | null | undefined;
  host: HostObservation;
  taken?: Taken;
  /** What one replica will need, where it gets other limits than those that run. */
  each?: Resources;
}

/**
 * How many replicas may run: the catalog's maximum, the partitions of the consumed topic (more consumers than
 * partitions stand idle) and the room on the hosts. All that stand against it are reported, not only the first.
 */
export const limitReplicas = (input: LimitInput): LimitedTarget => {
  const { spec, now, wanted, asked, taken = nothingTaken } = input;
  const each = input.each ?? needOf(spec, input.observed);
  const caps = [catalogCap(spec), partitionCap(input), hostCap(input, each)];
  const notes = caps.flatMap((cap) => cap.notes ?? []).map((message) => ({ rule: 'limits', message }));
  const refusals = caps.flatMap((cap) => cap.refusal ?? []);

  const binding = caps.filter((cap) => cap.max !== undefined && cap.max < wanted);
  const replicas = Math.min(wanted, ...binding.map((cap) => cap.max ?? wanted));
  if (asked) {
    refusals.push(...binding.map((cap) => refusalOf(spec, wanted, cap)));
  } else {
    const said = (cap: Cap) => ({
      rule: cap.rule,
      message: `${spec.name}: ${wanted} replicas capped to ${Math.max(now, replicas)}: ${cap.why}`,
    });
    notes.push(...binding.map(said));
  }
  return { replicas, refusals, notes, taken: takeFor(taken, each, Math.max(0, replicas - now)) };
};

/** What one replica needs: the limits of one that runs, else the catalog's baseline. */
export const needOf = (spec: ServiceSpec, observed: ServiceObservation): Resources => ({
  ...spec.baseline,
  ...observed.replicas[0]?.limits,
});

interface Cap {
  rule: string;
  max?: number;
  why: string;
  remedy: string;
  notes?: string[];
  refusal?: Refusal;
}

const refusalOf = ({ name }: ServiceSpec, wanted: number, { rule, why, remedy }: Cap): Refusal => ({
  rule,
  path: `targets.${name}`,
  message: `${name} cannot have ${wanted} replicas: ${why}`,
  remedy,
});

const catalogCap = ({ name, replicas }: ServiceSpec): Cap => ({
  rule: 'limits.catalog-max',
  max: replicas.max,
  why: `the catalog allows at most ${replicas.max}`,
  remedy: `ask for at most ${replicas.max}, or raise services.${name}.replicas.max in the catalog`,
});

const partitionCap = ({ spec, partitions }: LimitInput): Cap => {
  const rule = 'limits.partitions';
  const { name, consumer } = spec;
  if (consumer === undefined) return { rule, why: '', remedy: '' };
  if (partitions === undefined) {
    const note = `${name}: partitions of ${consumer.topic} could not be read, so they limit nothing here`;
    return { rule, why: '', remedy: '', notes: [note] };
  }
  if (partitions === null) {
    const refusal: Refusal = {
      rule: 'limits.topic-missing',
      path: `services.${name}.consumer.topic`,
      message: `${name} consumes ${consumer.topic}, and Kafka has no such topic`,
      remedy: `create the topic, or correct services.${name}.consumer.topic in the catalog`,
    };
    return { rule, why: '', remedy: '', refusal };
  }
  return {
    rule,
    max: partitions,
    why: `${consumer.topic} has ${partitions} partitions, a consumer more would stand idle`,
    remedy: `ask for at most ${partitions}, or give ${consumer.topic} more partitions first`,
  };
};

const hostCap = ({ host, taken = nothingTaken, wanted, now, spec }: LimitInput, each: Resources): Cap => {
  const room = roomFor(host, each, taken, Math.max(0, Math.min(wanted, spec.replicas.max) - now));
  const notes = room.notes.map((note) => `${spec.name}: ${note}`);
  const cap = { rule: 'limits.host-room', why: room.why ?? '', notes };
  if (room.why === undefined) return { ...cap, remedy: '' };
  const remedy = `ask for at most ${now + room.count}, free room on the host, or lower the limits of ${spec.name}`;
  return { ...cap, max: now + room.count, remedy };
};
