import { docker } from './docker-cli.ts';
import type { ComposePort, ComposeService, ComposeView, ComposeVolume } from '../../domain/compose-view.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Engine } from './engine.ts';

/** The model that `docker compose config` prints: every short form made long, extends and variables resolved. */
interface Model {
  services?: Record<string, ModelService | null>;
}
interface ModelService {
  image?: string;
  container_name?: string;
  network_mode?: string;
  ports?: { published?: string; target: number }[];
  volumes?: { type: string; source?: string; target: string; read_only?: boolean }[];
}

/**
 * The catalog's compose file as Compose reads it, `undefined` when the catalog names none. Where all services run, a file that
 * cannot be read is `doctor`'s to report and no reason to refuse a procedure; it throws only when it is `required`.
 */
export async function readDefinition(
  { spec }: Engine,
  { required }: { required: boolean },
  signal?: AbortSignal,
): Promise<ComposeView | undefined> {
  const { composeFile, project } = spec;
  if (composeFile === undefined) return undefined;
  const args = ['compose', '-f', composeFile, '-p', project, '--profile', '*', 'config', '--format', 'json'];
  const ran = await docker(args, signal);
  if (ran.ok) return viewOf(JSON.parse(ran.stdout) as Model);
  if (!required) return undefined;
  throw new CrescendoError('InvalidCatalog', `docker compose cannot read ${composeFile}: ${ran.reason}`, {
    errors: [{ path: 'platform.composeFile', message: ran.reason }],
  });
}

const viewOf = ({ services }: Model): ComposeView => ({
  services: Object.entries(services ?? {}).map(([name, service]) => serviceOf(name, service ?? {})),
});

const serviceOf = (name: string, service: ModelService): ComposeService => ({
  name,
  ...(service.image === undefined ? {} : { image: service.image }),
  ...(service.container_name === undefined ? {} : { containerName: service.container_name }),
  ...(service.network_mode === undefined ? {} : { networkMode: service.network_mode }),
  ports: (service.ports ?? []).map(portOf),
  volumes: (service.volumes ?? []).flatMap(volumeOf),
  limits: {},
  hasHealthcheck: true,
  healthcheck: '',
  dependsOn: [],
  environment: {},
  unread: [],
});

const portOf = ({ published, target }: { published?: string; target: number }): ComposePort => ({
  container: String(target),
  ...(published === undefined || published === '' ? {} : { host: published }),
});

type ModelVolume = NonNullable<ModelService['volumes']>[number];
const volumeOf = ({ type, source, target, read_only: readOnly = false }: ModelVolume): ComposeVolume[] => {
  if (type !== 'volume' && type !== 'bind') return [];
  const kind = type === 'bind' ? 'bind' : source === undefined || source === '' ? 'anonymous' : 'named';
  return [{ kind, ...(source === undefined ? {} : { source }), target, readOnly }];
};
