import { CliError } from './cli/cli-error.ts';

/** gRPC status codes that a person can do something about. */
const codes = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  unavailable: 14,
  unauthenticated: 16,
};

/** Whether the namespace does not know Crescendo's search attributes yet. */
export const lacksSearchAttributes = (error: unknown): boolean => {
  const { code, details } = causeOf(error);
  return code === codes.invalidArgument && /search attribute/i.test(details);
};

/**
 * What the Temporal server has refused, in its own words and with what to do; `undefined` for any other error.
 * The SDK's own message only says what was tried.
 */
export function describeServiceError(error: unknown): CliError | undefined {
  const { name, message } = error as Error;
  if (name === 'NamespaceNotFoundError') {
    return new CliError(message, {
      todo: 'name one that is there with --namespace, --profile or TEMPORAL_NAMESPACE',
    });
  }
  const { code, details } = causeOf(error);
  if (code === undefined) return undefined;
  if (lacksSearchAttributes(error)) {
    return new CliError(
      `${message}: the namespace does not have Crescendo’s search attributes yet (${details})`,
      {
        todo: registerAttributes,
      },
    );
  }
  const todo = todoOf(code);
  return new CliError(`${message}: ${details}`, todo === undefined ? {} : { todo });
}

const registerAttributes =
  'the first worker registers them: `crescendo worker`; on Temporal Cloud create them in the namespace (names and types: `crescendo doctor`)';

function todoOf(code: number): string | undefined {
  if (code === codes.permissionDenied || code === codes.unauthenticated) {
    return 'check the API key or the certificate of the profile, and what it may do in this namespace';
  }
  if (code === codes.unavailable || code === codes.deadlineExceeded) {
    return 'the server did not answer in time: try again, or look at it with `crescendo doctor`';
  }
  return undefined;
}

/** The gRPC error inside: the SDK wraps it in a ServiceError. */
function causeOf(error: unknown): { code: number | undefined; details: string } {
  for (const one of [error, (error as Error).cause]) {
    const { code, details } = (one ?? {}) as { code?: unknown; details?: unknown };
    if (typeof code === 'number' && typeof details === 'string') return { code, details };
  }
  return { code: undefined, details: '' };
}
