import { CrescendoError } from '../../domain/crescendo-error.ts';

/** kafkajs' names of the protocol errors that mean "ask again in a moment": the group's coordinator is moving or loading. */
const coldCoordinator = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);

/** The type of a protocol error, looked for under kafkajs' "number of retries exceeded" too. */
export const protocolErrorType = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return protocolErrorType(error.cause);
};

export const isColdCoordinator = (error: unknown): boolean => {
  const type = protocolErrorType(error);
  return type !== undefined && coldCoordinator.has(type);
};

export const isUnknownTopic = (error: unknown): boolean =>
  protocolErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION';

/** KafkaUnavailable with what was tried and what Kafka said; an error that is one already is kept. */
export const kafkaUnavailable = (what: string, error: unknown): CrescendoError => {
  if (error instanceof CrescendoError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const type = protocolErrorType(error);
  return new CrescendoError(
    'KafkaUnavailable',
    `${what}: ${said}`,
    type === undefined ? {} : { kafka: type },
  );
};
