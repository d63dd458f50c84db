import { ApplicationFailure } from '@temporalio/workflow';
import type { z } from 'zod';
import { describeIssues } from '../../domain/input-errors.ts';

/**
 * The checked input of a procedure with its defaults.
 * @throws ApplicationFailure `InvalidInput` with every error and its path in the details; nothing has been changed then.
 */
export function parseInput<S extends z.ZodType>(procedure: string, schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const errors = describeIssues(parsed.error.issues);
  const text = errors.map((error) => `${error.path}: ${error.message}`).join('; ');
  throw ApplicationFailure.create({
    type: 'InvalidInput',
    nonRetryable: true,
    message: `${procedure}: ${text}`,
    details: [{ errors }],
  });
}
