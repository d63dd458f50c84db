/** Part of the highest lag that must be gone. Less is the saw-tooth of a consumer that commits in batches. */
const drop = 0.1;

/** Whether lag goes down: the last two samples both lie a tenth or more below the highest that was seen. */
export const isFalling = (samplesMessages: readonly number[]): boolean => {
  if (samplesMessages.length < 3) return false;
  const limit = Math.max(...samplesMessages) * (1 - drop);
  return samplesMessages.slice(-2).every((sample) => sample <= limit);
};
