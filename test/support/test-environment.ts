import { defineSearchAttributeKey } from '@temporalio/common';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { ensureTemporalCli, ensureTestServer } from '../../scripts/setup/index.ts';
import { searchAttributes } from '../../workflows/contracts.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const indexed = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

/** The server that skips time: hours of a procedure pass in a second. It has no schedules and no visibility. */
export async function timeSkipping(): Promise<TestWorkflowEnvironment> {
  const { testServer } = await ensureTestServer();
  const env = await patiently(() =>
    TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: testServer } },
    }),
  );
  try {
    // It cannot list them, so a worker's own registration does not work here.
    await env.connection.operatorService.addSearchAttributes({
      namespace: env.namespace ?? 'default',
      searchAttributes: Object.fromEntries(
        Object.values(searchAttributes).map(({ name, type }) => [name, indexed[type]]),
      ),
    });
    return env;
  } catch (error) {
    await env.teardown();
    throw error;
  }
}

/** A real dev server in memory behind the same interface, for what the other only imitates. */
export async function localServer(): Promise<TestWorkflowEnvironment> {
  const { temporal } = await ensureTemporalCli();
  return patiently(() =>
    TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: temporal },
        searchAttributes: Object.values(searchAttributes).map(({ name, type }) =>
          defineSearchAttributeKey(name, type),
        ),
      },
    }),
  );
}

/** The SDK gives a server five seconds to start, which a busy machine may not have: it is tried again. */
async function patiently<T>(start: () => Promise<T>, attempts = 5): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (attempts <= 1 || !/did not start within/.test(String(error))) throw error;
    return patiently(start, attempts - 1);
  }
}
