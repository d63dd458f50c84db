import type { Catalog } from './catalog.ts';

/** The service that runs the brokers, whose lease everything needs that changes topics or brokers. */
export const kafkaService = ({ kafka }: Catalog): string => kafka?.service ?? 'kafka';
