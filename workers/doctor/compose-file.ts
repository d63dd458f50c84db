import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Catalog } from '../../domain/catalog.ts';
import { fail, ok, warn, type DoctorRow } from '../../domain/doctor-row.ts';

const check = 'compose file';

/** Runbook 2.2: can what stays be written? The file is replaced as a whole and copied beside itself, so its folder counts too. */
export async function composeFileRows({ platform }: Pick<Catalog, 'platform'>): Promise<DoctorRow[]> {
  if (platform.kind !== 'compose') return [];
  const { composeFile } = platform;
  if (composeFile === undefined)
    return [
      warn(
        check,
        'the catalog names none: nothing that is scaled stays after `docker compose up -d`',
        'add platform.composeFile to the catalog',
      ),
    ];
  if (!(await may(composeFile, constants.R_OK)))
    return [fail(check, `${composeFile} cannot be read`, 'correct platform.composeFile in the catalog')];
  const folder = dirname(composeFile);
  const shut: string[] = [];
  if (!(await may(composeFile, constants.W_OK))) shut.push(composeFile);
  if (!(await may(folder, constants.W_OK))) shut.push(folder);
  if (shut.length === 0) return [ok(check, `${composeFile} can be edited`)];
  return [
    fail(
      check,
      `the worker may not write ${shut.join(' and ')}`,
      'give its user the right to, or leave the file alone (composeFile: {edit: false})',
    ),
  ];
}

const may = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
