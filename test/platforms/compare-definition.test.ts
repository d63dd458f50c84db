import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editText } from '../../platforms/compose/definition-file/edit.ts';
import { createComposePlatform } from '../../platforms/compose/index.ts';
import type { DefinitionChange, Platform } from '../../platforms/platform.ts';

const before = `services:
  web:
    image: nginx # theirs
    deploy:
      replicas: 1
`;
const first: DefinitionChange = { edits: { web: { replicas: 2 } }, backup: 'copy.one' };
const second: DefinitionChange = { edits: { web: { replicas: 3 } }, backup: 'copy.two' };

/** Files only: no engine is asked. */
describe('the lines of a compose file that a procedure has changed', () => {
  let folder: string;
  let platform: Platform;
  const file = (name = 'docker-compose.yml'): string => join(folder, name);
  const write = (text: string): Promise<void> => writeFile(file(), text);
  const edited = async (): Promise<string> => {
    const after = editText(before, first.edits);
    await writeFile(file('copy.one'), before);
    await writeFile(file('copy.two'), after);
    return editText(after, second.edits);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crescendo-compare-'));
    platform = createComposePlatform({ kind: 'compose', project: 'x', composeFile: file() });
  });
  afterEach(async () => {
    await platform.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('are those of all its edits together', async () => {
    await write(await edited());
    expect(await platform.compareDefinition([first, second])).toEqual({
      own: ['-      replicas: 1', '+      replicas: 3'],
      foreign: [],
    });
  });

  it('are told from those that somebody else has changed since, and no secret of theirs is shown', async () => {
    await write(`${await edited()}    environment:\n      DB_PASSWORD: hunter2\n`);
    const { own, foreign } = await platform.compareDefinition([first, second]);
    expect(own).toHaveLength(2);
    expect(foreign).toEqual(['+    environment:', '+      DB_PASSWORD: <redacted>']);
    expect(await readFile(file(), 'utf8')).toContain('hunter2');
  });

  it('are fewer where an undo was cut off in the middle, and none where the bytes are back', async () => {
    await write(editText(await edited(), first.edits));
    expect(await platform.compareDefinition([first, second])).toEqual({
      own: ['-      replicas: 1', '+      replicas: 2'],
      foreign: [],
    });
    await write(before);
    expect(await platform.compareDefinition([first, second])).toEqual({ own: [], foreign: [] });
  });

  it('are none where no copy was made', async () => {
    await write(before);
    expect(await platform.compareDefinition([first])).toEqual({ own: [], foreign: [] });
  });
});
