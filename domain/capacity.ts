import { CrescendoError } from './crescendo-error.ts';
import { formatPerMinute } from './format.ts';
import { safetyFactor as runbookSafetyFactor } from './runbook-numbers.ts';

export interface CapacityInput {
  /** Expected peak, per minute. */
  peakPerMinute: number;
  /** What one replica carries at 70 % CPU, per minute. */
  capacityPerMinute: number;
  /** Headroom: 1.5 as in the appendix by default; 1 is the rule of thumb of Scenario 2.1. */
  safetyFactor?: number;
}

/**
 * Appendix, "Traffic Estimation": (peak / capacity) x safety factor, rounded up, at least 1. With a factor of 1 it is
 * Scenario 2.1's ceil(peak / capacity). Throws `InvalidInput` for what is no rate.
 */
export const requiredReplicas = (input: CapacityInput): { replicas: number; sentence: string } => {
  const { peakPerMinute, capacityPerMinute, safetyFactor = runbookSafetyFactor } = input;
  check({ peakPerMinute, capacityPerMinute, safetyFactor });
  const replicas = Math.max(1, ceil((peakPerMinute / capacityPerMinute) * safetyFactor));
  const sentence = `${formatPerMinute(peakPerMinute)} / ${formatPerMinute(capacityPerMinute)} x ${safetyFactor} = ${replicas}`;
  return { replicas, sentence };
};

/**
 * Scenario 2.3, "Gradual Scale-Up": the target of each stage, by half-up rounding as in the runbook's example
 * (3, 5, 3 -> 2, 3, 2 -> 2, 4, 2 -> 3, 5, 3), at least 1, and never below what runs now.
 */
export const rampTargets = (
  target: number,
  now: number,
  stages: readonly number[] = [0.5, 0.75, 1],
): number[] => stages.map((share) => Math.max(now, 1, halfUp(target * share)));

/** 2.5 -> 3, 2.25 -> 2. */
export const halfUp = (value: number): number => Math.floor(value + 0.5 + rounding);

/** A product such as 1.1 x 100 comes out a hair above the whole number: that is not one replica more. */
const rounding = 1e-9;
const ceil = (value: number): number => Math.ceil(value - rounding);

const check = (input: Required<CapacityInput>): void => {
  const errors = Object.entries(input)
    .filter(([, value]) => !Number.isFinite(value) || value < 0)
    .map(([path, value]) => ({ path, message: `${value} is not a rate` }));
  if (input.capacityPerMinute === 0) errors.push({ path: 'capacityPerMinute', message: 'must be above 0' });
  if (input.safetyFactor < 1) errors.push({ path: 'safetyFactor', message: 'must be at least 1' });
  if (errors.length === 0) return;
  const lines = errors.map(({ path, message }) => `${path}: ${message}`);
  throw new CrescendoError('InvalidInput', lines.join('; '), { errors });
};
