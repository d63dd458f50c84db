import type { Cause } from './plan.ts';
import { valueOf, type Reading } from './reading.ts';

/** What a rule says about one measured value. `unknown` when the value could not be had: never yes, never no. */
export interface RuleResult {
  rule: string;
  fired: boolean | 'unknown';
  value?: number;
  threshold: number;
  sentence: string;
}

/**
 * A rule over one reading.
 * @param what subject of the sentence, e.g. `P95 of api-gateway`
 * @param format writes value and threshold for a person
 */
export const judge = (input: {
  rule: string;
  what: string;
  reading: Reading | undefined;
  fires: 'above' | 'below';
  threshold: number;
  format: (value: number) => string;
}): RuleResult => {
  const { rule, what, reading, fires, threshold, format } = input;
  const value = valueOf(reading);
  if (value === undefined) {
    const why = reading?.known === false ? reading.reason : 'not measured';
    return { rule, fired: 'unknown', threshold, sentence: `${what} is unknown (${why})` };
  }
  const fired = fires === 'above' ? value > threshold : value < threshold;
  const side = fired ? fires : fires === 'above' ? 'not above' : 'not below';
  return {
    rule,
    fired,
    value,
    threshold,
    sentence: `${what} is ${format(value)}, ${side} ${format(threshold)}`,
  };
};

/** The rule as the cause of a step in a plan. */
export const causeOf = ({ rule, value, threshold, sentence }: RuleResult): Cause => ({
  rule,
  ...(value === undefined ? {} : { value }),
  threshold,
  sentence,
});
