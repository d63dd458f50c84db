import { inside, stopsOf } from './table.ts';

const before = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };

stopsOf('validateScaling', {
  begin: (stage, input) => stage.run('validateScaling', input),
  places: {
    'while it observes': inside('observe'),
    'while it spreads requests': inside('spreadRequests 100'),
  },
  rows: [
    ['while it observes', 'abort with hold', 'held', before],
    ['while it observes', 'cancel', 'rolled_back', before],
    ['while it spreads requests', 'abort with hold', 'held', before],
    ['while it spreads requests', 'rollback, then rollback', 'rolled_back', before],
    ['while it spreads requests', 'cancel', 'rolled_back', before],
  ],
  // It only looks: there is nothing to put back, and no lease to take.
  wrong: ({ world }) => world.calls.filter((call) => /^(scale|reload|requestLease)/.test(call)),
});
