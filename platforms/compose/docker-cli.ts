/** Runs the docker CLI with an argument list. A failure is an answer here, with the reason it gave. `environment` is added to its own. */
export async function docker(
  args: readonly string[],
  signal?: AbortSignal,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ ok: boolean; stdout: string; reason: string }> {
  // Most calls of the driver need no program: what takes 0.1 s to load is loaded by those that do.
  const { execa } = await import('execa');
  const ran = await execa('docker', args, {
    reject: false,
    stdin: 'ignore',
    env: environment,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  return {
    ok: !ran.failed,
    stdout: ran.stdout ?? '',
    reason: ran.stderr?.trim() || (ran.shortMessage ?? ''),
  };
}
