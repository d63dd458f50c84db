import { describe, expect, it } from 'vitest';
import { emergencyScope } from '../../domain/emergency-scope.ts';
import { catalogOf, spec } from './builders.ts';

const consumer = (name: string) => ({ group: `${name}-group`, topic: `${name}-topic` });
const catalog = catalogOf(
  [
    spec('web'),
    spec('mail-out', { role: 'connector', consumer: consumer('mail') }),
    spec('sms-out', { role: 'connector', consumer: consumer('sms') }),
    spec('files'),
  ],
  {
    emergency: {
      steps: [
        { service: 'web', replicas: 3 },
        { busiestOfRole: 'connector', replicas: 2 },
      ],
    },
  },
);

describe('scope of an emergency', () => {
  it('is every service that it may change: of a role all of them, since the busiest is not known yet', () => {
    expect(emergencyScope(catalog)).toEqual({
      services: ['mail-out', 'sms-out', 'web'],
      topics: ['mail-topic', 'sms-topic'],
    });
  });

  it('has the services that were named, and nothing that the catalog does not know', () => {
    const targets = { files: 2, ghost: 2, constructor: 2 };
    expect(emergencyScope(catalog, targets).services).toEqual(['files', 'mail-out', 'sms-out', 'web']);
  });
});
