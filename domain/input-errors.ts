/** One thing that is wrong with an input: where it stands and what is wrong. */
export interface InputError {
  /** Path of the field, e.g. `targets.api-gateway`; `(input)` for the whole. */
  path: string;
  message: string;
}

interface Issue {
  code?: string | undefined;
  path: readonly PropertyKey[];
  message: string;
  keys?: readonly string[];
  issues?: readonly Issue[];
}

/** Every error of a failed check, with its path; an unknown key is reported at the key, not at its parent. */
export function describeIssues(issues: readonly Issue[]): InputError[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return (issue.keys ?? []).map((key) => ({ path: pathOf([...path, key]), message: 'unknown key' }));
    }
    const inner = (issue.issues ?? []).map((nested) => nested.message).join(', ');
    return [{ path: pathOf(path), message: inner === '' ? issue.message : `${issue.message}: ${inner}` }];
  });
}

const pathOf = (segments: readonly string[]): string =>
  segments.length === 0 ? '(input)' : segments.join('.');
