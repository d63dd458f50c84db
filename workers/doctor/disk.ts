import { statfs } from 'node:fs/promises';
import { ok, warn, type DoctorRow } from '../../domain/doctor-row.ts';

const enoughGib = 5;

/** Room on the disk of the engine; where its folder is not to be seen from here, on the root of this machine. */
export async function diskRows(): Promise<DoctorRow[]> {
  const [folder, { bavail, bsize }] = await statfs('/var/lib/docker').then(
    (stats) => ['/var/lib/docker', stats] as const,
    async () => ['/', await statfs('/')] as const,
  );
  const gib = (bavail * bsize) / 1024 ** 3;
  const found = `${gib.toFixed(1)} GiB free on ${folder}`;
  return [gib >= enoughGib ? ok('disk', found) : warn('disk', found, `make room: ${enoughGib} GiB or more`)];
}
