import type { Import } from './imports.ts';

interface Arrows {
  /** Folders, or single files of one, that it may import. */
  to: string[];
  /** The same, by `import type` only. */
  typesOf?: string[];
}

/** The arrows of design and CONTRIBUTING.md: what each folder may import of the project, apart from itself. */
export const arrows: Record<string, Arrows> = {
  domain: { to: [] },
  config: { to: ['domain'] },
  workflows: { to: ['domain'], typesOf: ['activities'] },
  // The names of signals and queries that procedures and the lease answer to are public.
  activities: { to: ['domain', 'platforms', 'adapters', 'workflows/contracts.ts', 'workflows/contracts'] },
  platforms: { to: ['domain'] },
  // An adapter reaches a container through the platform's interface, and never through a driver.
  adapters: { to: ['domain'], typesOf: ['platforms/platform.ts'] },
  client: { to: ['domain', 'config', 'workflows/contracts.ts', 'workflows/contracts'] },
  workers: { to: ['domain', 'config', 'workflows', 'activities', 'platforms', 'adapters'] },
};

/** Commands that are a program of their own which needs drivers, and those are built in workers/ only. */
const doors: Record<string, string> = {
  'client/cli/worker.ts': 'workers/main.ts',
  'client/cli/doctor.ts': 'workers/doctor/index.ts',
};

/** The imports that go against the arrows, as sentences. */
export function againstTheArrows(imports: Import[]): string[] {
  return imports
    .filter(({ to }) => !isPackage(to))
    .filter((one) => !isAllowed(one))
    .map(({ from, to, typeOnly }) => `${from} imports ${typeOnly ? 'types of ' : ''}${to}`);
}

function isAllowed({ from, to, typeOnly }: Import): boolean {
  const home = folderOf(from);
  const rule = arrows[home];
  if (rule === undefined) throw new Error(`no arrows for ${home}/`);
  if (folderOf(to) === home || doors[from] === to) return true;
  const allowed = typeOnly ? [...rule.to, ...(rule.typesOf ?? [])] : rule.to;
  return allowed.some((target) => to === target || to.startsWith(`${target}/`));
}

const folderOf = (path: string): string => path.split('/')[0] ?? '';

/** A relative import was made a path with a file ending; a package's name begins otherwise. */
const isPackage = (to: string): boolean => !/\.(ts|js|mjs|json)$/.test(to) || to.startsWith('@');
