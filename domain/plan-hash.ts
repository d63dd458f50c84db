import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from './canonical-json.ts';
import type { Plan } from './plan.ts';

/** SHA-256 in hex over the canonical JSON of any data. Pure, so that it also runs in the workflow sandbox. */
export const hashOf = (value: unknown): string => bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));

/**
 * What an approver approves: everything a plan says except when it was seen and what room the hosts had then, so that the
 * same plan made a second later has the same hash.
 */
export const hashPlan = (plan: Omit<Plan, 'hash'>): string => {
  const { observedAtMs: _seen, forecast: _room, hash: _old, ...said } = plan as Plan;
  return hashOf(said);
};

/** The plan with its hash in it. */
export const withHash = (plan: Omit<Plan, 'hash'>): Plan => ({ ...plan, hash: hashPlan(plan) });
