import { ok, unclear, warn, type DoctorRow } from '../../domain/doctor-row.ts';
import { emergencyTargets, isUp, type Scene } from './scene.ts';

/** Whether the replicas that an emergency would add find room in the memory that is free now. */
export function memoryRows({ catalog, replicas, host }: Scene): DoctorRow[] {
  const { availableMemoryBytes: available } = host;
  if (!available.known) return [unclear('memory', available.reason)];
  const needed = [...emergencyTargets(catalog)].reduce((sum, [name, target]) => {
    const more = Math.max(0, target - (replicas[name] ?? []).filter(isUp).length);
    return sum + more * (catalog.services[name]?.baseline?.memoryBytes ?? 0);
  }, 0);
  const found = `${mib(available.value)} free, an emergency may add ${mib(needed)}`;
  return [
    available.value >= needed
      ? ok('memory', found)
      : warn('memory', found, 'give the host more memory, or lower baseline or the emergency targets'),
  ];
}

const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
