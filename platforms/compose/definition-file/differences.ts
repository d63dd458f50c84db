import { diffIndices } from 'node-diff3';
import { redacted } from '../../../domain/log-lines.ts';

/** Lines that differ, `-was` and `+is` in their order; what looks like a secret is blanked out, since many may read it. */
export const differences = (before: string, after: string): string[] => {
  const lines = (text: string): string[] => text.split('\n');
  return diffIndices(lines(before), lines(after)).flatMap(({ buffer1Content, buffer2Content }) => [
    ...buffer1Content.map((line) => redacted(`-${line}`)),
    ...buffer2Content.map((line) => redacted(`+${line}`)),
  ]);
};
