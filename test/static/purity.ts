import { importsOf } from './imports.ts';

/** What makes code depend on when, where or how often it runs, and the reason why it is not allowed. */
const impure: { pattern: RegExp; what: string; allowedInWorkflows?: boolean }[] = [
  { pattern: /\bDate\.now\s*\(/, what: 'the clock', allowedInWorkflows: true },
  { pattern: /\bnew Date\s*\(\s*\)/, what: 'the clock', allowedInWorkflows: true },
  { pattern: /\bperformance\.now\s*\(/, what: 'the clock' },
  { pattern: /\bMath\.random\s*\(/, what: 'chance' },
  { pattern: /\brandomUUID\s*\(/, what: 'chance' },
  { pattern: /\bset(Timeout|Interval|Immediate)\s*\(/, what: 'a timer of the process' },
  { pattern: /\bprocess\s*\.\s*(env|argv|cwd|stdout|stderr|hrtime|pid)\b/, what: 'the process' },
  { pattern: /\bfetch\s*\(/, what: 'the network' },
];

/** Packages that code without I/O may use; the rest of the world is for activities. */
const pure: Record<'domain' | 'workflows', RegExp> = {
  domain: /^(@noble\/hashes(\/.*)?|zod)$/,
  workflows: /^(@temporalio\/(workflow|common)|zod)$/,
};

/**
 * What in a source is not pure (domain) or not deterministic (workflows), as sentences. In a workflow Temporal
 * replaces Date by the history's clock, so it is allowed there.
 */
export function impurities(folder: 'domain' | 'workflows', path: string, text: string): string[] {
  const code = withoutComments(text);
  const reached = impure
    .filter(({ allowedInWorkflows }) => folder === 'domain' || allowedInWorkflows !== true)
    .filter(({ pattern }) => pattern.test(code))
    .map(({ what }) => `${path} reaches ${what}`);
  const packages = importsOf(path, code)
    .filter(({ to, typeOnly }) => !typeOnly && !to.endsWith('.ts') && !pure[folder].test(to))
    .map(({ to }) => `${path} imports ${to}`);
  return [...reached, ...packages];
}

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
