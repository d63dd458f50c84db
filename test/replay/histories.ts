import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';

const folder = fileURLToPath(new URL('./histories', import.meta.url));

export interface SavedHistory {
  /** `<workflow>/<case>.<version>`. */
  name: string;
  workflowType: string;
  workflowId: string;
  history: ReturnType<typeof historyFromJSON>;
}

/** Every history that was saved from a real run: `histories/<workflow>/<case>.<version>.json`. */
export async function savedHistories(): Promise<SavedHistory[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => {
      const history = historyFromJSON(JSON.parse(await readFile(join(folder, file), 'utf8')));
      const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
      return {
        name: file.replace(/\.json$/, ''),
        workflowType: started?.workflowType?.name ?? '',
        workflowId: started?.workflowId ?? file,
        history,
      };
    }),
  );
}
