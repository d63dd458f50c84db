/** What scaling needs to know of one service of a compose file. Values with variables stay as written. */
export interface ComposeService {
  name: string;
  image?: string;
  containerName?: string;
  ports: ComposePort[];
  volumes: ComposeVolume[];
  /** `host` takes every port of the host, whatever `ports` says. */
  networkMode?: string;
  replicas?: number;
  /** As written: `'0.5'`, `512M`. */
  limits: { cpus?: string; memory?: string };
  hasHealthcheck: boolean;
  /** Text of the health check's command. */
  healthcheck: string;
  dependsOn: string[];
  environment: Record<string, string>;
  /** Definitions elsewhere that were not read (`extends`). */
  unread: string[];
}

export interface ComposePort {
  /** Port or range of the host, as written; left out when the engine chooses one. */
  host?: string;
  container: string;
}

export interface ComposeVolume {
  kind: 'named' | 'bind' | 'anonymous';
  source?: string;
  target: string;
  readOnly: boolean;
}

export interface ComposeView {
  /** The `name:` of the file. */
  project?: string;
  services: ComposeService[];
}
