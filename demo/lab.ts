import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import Dockerode from 'dockerode';
import { loadCatalog } from '../config/load.ts';
import type { Catalog } from '../domain/catalog.ts';
import type { OwnProcess } from './processes.ts';
import { down, up, type Stack } from './stack.ts';
import { startTemporal, type DevServer } from './temporal.ts';
import { startWorker } from './worker.ts';

/** The demo platform, a Temporal dev server and a worker as processes: what the demo, scenarios and benchmarks run on. */
export interface Lab {
  environment: string;
  project: string;
  catalog: Catalog;
  catalogPath: string;
  stack: Stack;
  temporal: DevServer;
  client: Client;
  docker: Dockerode;
  /** Folder for logs and state, git-ignored. */
  folder: string;
  readonly worker: OwnProcess;
  /** Starts the worker again after a kill. */
  restartWorker(): Promise<void>;
  /** Running containers by service. */
  replicas(): Promise<Record<string, number>>;
  /** Containers of the project that are not running: what a crash may leave over. */
  strayContainers(): Promise<string[]>;
  frontDoorAnswers(): Promise<boolean>;
  /** Types of the activities that have ended, in order. */
  finishedActivities(workflowId: string): Promise<string[]>;
  /** Saves the history under test/replay/histories when CRESCENDO_SAVE_HISTORIES is set to a version. */
  saveHistory(workflowId: string, name: string): Promise<void>;
  close(options: { keep: boolean }): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** Sets up whatever is missing and brings everything up. Only what it started is ended by `close`. */
export async function openLab(options: { progress: (text: string) => void }): Promise<Lab> {
  const { progress } = options;
  const folder = join(root, '.crescendo', 'lab');
  await mkdir(folder, { recursive: true });
  const stack = await up({ progress });
  const { catalogPath } = stack;
  const { catalog } = await loadCatalog(catalogPath);
  const docker = new Dockerode();
  progress('starting the Temporal dev server and a worker');
  const temporal = await startTemporal(folder);
  const { secrets } = stack;
  let worker = await startWorker({ catalogPath, address: temporal.address, folder, secrets });

  const containers = () =>
    docker.listContainers({ all: true, filters: { label: [`com.docker.compose.project=${stack.project}`] } });
  const finished = async (workflowId: string): Promise<string[]> => {
    const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
    const scheduled = new Map<string, string>();
    const names: string[] = [];
    for (const event of events ?? []) {
      const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
      if (type != null) scheduled.set(String(event.eventId), type);
      const ended = event.activityTaskCompletedEventAttributes?.scheduledEventId;
      if (ended != null) names.push(scheduled.get(String(ended)) ?? '');
    }
    return names;
  };

  return {
    environment: catalog.environment,
    project: stack.project,
    catalog,
    catalogPath,
    stack,
    temporal,
    client: temporal.client,
    docker,
    folder,
    get worker() {
      return worker;
    },
    restartWorker: async () => {
      await worker.kill();
      worker = await startWorker({ catalogPath, address: temporal.address, folder, secrets });
    },
    replicas: async () => {
      const counts: Record<string, number> = {};
      for (const { State, Labels } of await containers()) {
        const service = Labels['com.docker.compose.service'] ?? '';
        if (State === 'running') counts[service] = (counts[service] ?? 0) + 1;
      }
      return counts;
    },
    strayContainers: async () =>
      (await containers()).filter(({ State }) => State !== 'running').map(({ Names }) => Names[0] ?? '?'),
    frontDoorAnswers: () =>
      fetch(`${catalog.loadBalancer?.url}/actuator/health`, { signal: AbortSignal.timeout(5_000) }).then(
        (response) => response.ok,
        () => false,
      ),
    finishedActivities: finished,
    saveHistory: async (workflowId, name) => {
      const version = process.env['CRESCENDO_SAVE_HISTORIES'];
      if (version === undefined) return;
      const history = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
      const file = join(root, 'test', 'replay', 'histories', `${name}.${version}.json`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${historyToJSON(history)}\n`);
    },
    close: async ({ keep }) => {
      if (keep) {
        progress(
          `left up: ${temporal.uiUrl} and ${catalog.loadBalancer?.url}; npm run demo -- --down takes it down`,
        );
        for (const process of [worker, temporal.process]) process.child.unref();
        return;
      }
      await worker.stop();
      await temporal.close();
      await down({ progress });
    },
  };
}
