/** Why a source failed; a cancellation is no such reason and goes up. */
export const reasonOf = (error: unknown, signal: AbortSignal): string => {
  signal.throwIfAborted();
  return error instanceof Error ? error.message : String(error);
};
