/** The few programs that a simulated replica has. */
export function runProgram(argv: readonly string[]): { exitCode: number; stdout: string; stderr: string } {
  const [program = '', ...args] = argv[0] === 'busybox' ? argv.slice(1) : argv;
  if (program === 'echo') return { exitCode: 0, stdout: `${args.join(' ')}\n`, stderr: '' };
  if (program === 'true') return { exitCode: 0, stdout: '', stderr: '' };
  if (program === 'false') return { exitCode: 1, stdout: '', stderr: '' };
  return { exitCode: 127, stdout: '', stderr: `${program}: not found\n` };
}
