/** Progress of the set-up. On stderr, since stdout belongs to the command that needs what is set up. */
export const say = (text: string): void => {
  process.stderr.write(`[setup] ${text}\n`);
};

/** Something could not be had. The message says what was tried and what a person can do. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
