import type { Command } from 'commander';
import pc from 'picocolors';
import { parseComposeFile } from '../../config/compose-file.ts';
import { guessAll } from '../../config/draft-guesses.ts';
import { loadCatalog } from '../../config/load.ts';
import { composeFindings } from '../../domain/compose-findings.ts';
import { fail, ok, warn, type DoctorRow } from '../../domain/doctor-row.ts';
import { examineTemporal } from '../examine-temporal.ts';
import { readCompose } from './init.ts';
import { catalogPath, isJson, withCatalog, withOutput, withServer } from './options.ts';
import type { SteerOptions } from './steer.ts';
import { print, printJsonList, wantsColor } from './terminal.ts';

type DoctorOptions = SteerOptions & { compose?: string };

const timeoutMs = 30_000;

/** `crescendo doctor`: is everything in place, and does the catalog fit the platform? Reads only. */
export const doctorCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('doctor'))))
    .option('--compose <file>', 'look at a compose file alone: no platform, no catalog needed')
    .description('is everything in place, and does the catalog fit the platform?')
    .addHelpText(
      'after',
      `
Examples:
  $ crescendo doctor --catalog crescendo.yaml
  $ crescendo doctor --compose docker-compose.yml

Exit code 1 when a row says fail.`,
    )
    .action(doctor);
};

async function doctor(options: DoctorOptions): Promise<void> {
  const rows = options.compose === undefined ? await examine(options) : examineCompose(options.compose);
  if (isJson(options)) printJsonList(rows, options.output);
  else print(renderRows(rows, wantsColor(process.stdout)));
  process.exitCode = rows.some(({ state }) => state === 'fail') ? 1 : 0;
}

async function examine(options: DoctorOptions): Promise<DoctorRow[]> {
  const file = catalogPath(options);
  const { catalog } = await loadCatalog(file);
  const { examinePlatform } = await import('../../workers/doctor/index.ts');
  const [temporal, platform] = await Promise.all([
    examineTemporal(options, catalog.environment),
    examinePlatform(catalog, AbortSignal.timeout(timeoutMs)),
  ]);
  return [ok('catalog', `${file}: environment ${catalog.environment}`), ...temporal, ...platform];
}

function examineCompose(file: string): DoctorRow[] {
  const view = parseComposeFile(readCompose(file), file);
  const scaled = new Set(
    guessAll(view).flatMap(({ kind, service }) => (kind === 'service' ? [service.name] : [])),
  );
  const findings = composeFindings(view);
  const clean = view.services.filter(({ name }) => findings.every(({ service }) => service !== name));
  return [
    // A database, a broker or a balancer is not scaled by replicas: what stands against it is worth knowing, no more.
    ...findings.map(({ service, path, severity, message, remedy }) =>
      (severity === 'forbids' && scaled.has(service) ? fail : warn)(path, message, remedy),
    ),
    ...clean.map(({ name }) => ok(`services.${name}`, 'may have more than one replica')),
  ];
}

function renderRows(rows: readonly DoctorRow[], color: boolean): string {
  const colors = pc.createColors(color);
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red, unknown: colors.magenta };
  const width = Math.max(0, ...rows.map(({ check }) => check.length));
  const count = (state: DoctorRow['state']): number => rows.filter((row) => row.state === state).length;
  return [
    ...rows.flatMap(({ check, state, found, change }) => [
      `${paint[state](state.padEnd(7))}  ${check.padEnd(width)}  ${found}`,
      ...(change === undefined ? [] : [`${' '.repeat(width + 11)}to do: ${change}`]),
    ]),
    '',
    `${count('fail')} fail, ${count('warn')} warn, ${count('unknown')} unknown, ${count('ok')} ok`,
  ].join('\n');
}
