import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withHostRule, withoutHostRule } from '../../domain/host-rules.ts';

const rule = 'host replication "ada" samenet scram-sha-256';

it('a rule stands at the end, once, however often it is written', () => {
  const once = withHostRule('local all all trust\n', 'crescendo_a', rule);
  expect(once).toBe(`local all all trust\n# crescendo: crescendo_a\n${rule}\n`);
  expect(withHostRule(once, 'crescendo_a', rule)).toBe(once);
});

it('what is taken out leaves every byte of the others, whatever they wrote', () => {
  const line = fc.string().filter((text) => !text.includes('\n'));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.map((one) => `${one}\n`).join('');
      const both = withHostRule(withHostRule(text, 'crescendo_a', rule), 'crescendo_b', rule);
      expect(withoutHostRule(withoutHostRule(both, 'crescendo_a'), 'crescendo_b')).toBe(text);
      expect(withoutHostRule(text, 'crescendo_a')).toBe(text);
    }),
  );
});
