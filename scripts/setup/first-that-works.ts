import { say, SetupError } from './say.ts';

/** Tries the ways to get `what` in order. When none works, the error says why for each, and what a person can do. */
export async function firstThatWorks<T>(
  what: string,
  advice: string,
  ways: (() => Promise<T>)[],
): Promise<T> {
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      return await way();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`${what}: ${error.message.split('\n')[0]}`);
      reasons.push(error.message);
    }
  }
  throw new SetupError(
    `${what} could not be had. ${advice}\n${reasons.map((reason) => `- ${reason}`).join('\n')}`,
  );
}
