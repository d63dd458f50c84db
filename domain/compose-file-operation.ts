import type { Resources } from './observation.ts';

/** What shall stand in the compose file of one service; what is left out stays as it is. Runbook 2.2. */
export interface ServiceFileEdit {
  replicas?: number;
  limits?: Resources;
  reservations?: Resources;
  /** Argument list of `command`. */
  command?: readonly string[];
  environment?: Readonly<Record<string, string>>;
}

export type ComposeFileOperation = EditComposeFile | RestoreComposeFile;

/** Write the edits into the catalog's compose file, comments, order and anchors kept, after a copy of its bytes. */
export interface EditComposeFile {
  kind: 'editComposeFile';
  /** `platform`: the file belongs to no single service. */
  service: string;
  edits: Readonly<Record<string, ServiceFileEdit>>;
  /** Name of the copy, beside the file: `docker-compose.yml.backup.20251203_101500`. */
  backup: string;
}

/** Lines as `- was` and `+ is`; empty where nothing differs. */
export interface FileDifferences {
  /** From the bytes before the first edit to what the last one made of them. */
  own: string[];
  /** From there to what stands in the file now: somebody else's. */
  foreign: string[];
}

/** Put the bytes of the copy back, unless the file is no longer what `edits` made of them (FileChanged). */
export interface RestoreComposeFile {
  kind: 'restoreComposeFile';
  service: string;
  edits: Readonly<Record<string, ServiceFileEdit>>;
  backup: string;
}
