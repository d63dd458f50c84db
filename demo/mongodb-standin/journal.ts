import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EJSON } from 'bson';
import type { ReplicaSetState } from './replica-set.ts';
import type { Entry } from './store.ts';

/** What outlives the process, in the folder that is the server's volume: every change, and the set it belongs to. */
export interface Journal {
  entries: Entry[];
  replicaSet: ReplicaSetState;
  record: (entry: Entry) => void;
  keepReplicaSet: (state: ReplicaSetState) => void;
}

export const openJournal = (folder: string): Journal => {
  mkdirSync(folder, { recursive: true });
  const changes = join(folder, 'standin.ndjson');
  const set = join(folder, 'standin-replset.json');
  return {
    entries: existsSync(changes) ? linesOf(readFileSync(changes, 'utf8')) : [],
    replicaSet: existsSync(set) ? (JSON.parse(readFileSync(set, 'utf8')) as ReplicaSetState) : {},
    // Written before the client is answered: what was acknowledged is there after a SIGKILL.
    record: (entry) => appendFileSync(changes, `${EJSON.stringify(entry, { relaxed: false })}\n`),
    keepReplicaSet: (state) => {
      writeFileSync(`${set}.new`, JSON.stringify(state));
      renameSync(`${set}.new`, set);
    },
  };
};

/** A last line that was cut off by a kill was not acknowledged. */
const linesOf = (text: string): Entry[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => EJSON.parse(line, { relaxed: false }) as Entry);
