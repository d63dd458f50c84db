import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { ensureChromium, SetupError } from '../../scripts/setup/index.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import { incidentWorkflowId, taskQueueOf } from '../../workflows/contracts.ts';
import { uiLink } from '../../client/cli/ui-link.ts';
import { startDevServer, type DevServer } from '../support/index.ts';
import { createWorld, type World } from '../workflows/world.ts';
import { gateAt } from '../workflows/env.ts';

/** A browser is the one thing that may be missing: the test then says so and is skipped. */
const browserProgram = await ensureChromium().catch((error: unknown) => {
  if (!(error instanceof SetupError)) throw error;
  console.warn(`skipped: the Temporal UI needs a browser to be driven with: ${error.message}`);
  return undefined;
});

const environment = 'uiform';
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.runIf(browserProgram !== undefined)('the start form of the Temporal UI', () => {
  let server: DevServer;
  let browser: Browser;
  let page: Page;
  let world: World;
  let client: Client;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    server = await startDevServer({ ui: true });
    closing.push(() => server.close());
    const connection = await Connection.connect({ address: server.address });
    client = new Client({ connection });
    world = createWorld(environment, () => client);
    const native = await NativeConnection.connect({ address: server.address });
    const worker = await Worker.create({
      connection: native,
      taskQueue: taskQueueOf(environment),
      workflowBundle: await workflowBundle(),
      activities: { ...world.activities },
    });
    const running = worker.run();
    closing.push(async () => {
      worker.shutdown();
      await running;
      await native.close();
      await connection.close();
    });
    browser = await chromium.launch({ executablePath: browserProgram?.chromium ?? '', args: flags });
    closing.push(() => browser.close());
    page = await browser.newPage();
  }, 120_000);
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  });

  it('starts emergencyScaling with one JSON object, and the UI shows where it stands and how it ended', async () => {
    const gate = gateAt(world, 'scaleService api-gateway 4');
    await page.goto(`${server.uiUrl}/namespaces/default/workflows/start-workflow`);
    await page.fill('#workflowId', incidentWorkflowId(environment));
    await page.fill('#taskQueue', taskQueueOf(environment));
    await page.fill('#workflowType', 'emergencyScaling');
    // What a person does with an example of `crescendo help emergencyScaling`: paste it.
    const input = { environment, requestedBy: 'ada', reason: 'TV spot', targets: { 'api-gateway': 4 } };
    await page.locator('.cm-content').first().click();
    await page.keyboard.insertText(JSON.stringify(input));
    // The editor formats what it has when it is left, which moves the button.
    await page.getByTestId('workflowType').focus();
    await page.getByText('"api-gateway": 4').waitFor();
    await page.getByTestId('start-workflow-button').click();

    await gate.reached;
    const handle = client.workflow.getHandle<() => Promise<ProcedureResult>>(incidentWorkflowId(environment));
    const { runId } = await handle.describe();
    const url = uiLink({ namespace: 'default' }, { workflowId: handle.workflowId, runId }, server.uiUrl);
    await page.goto(`${url}/user-metadata`);
    // The UI shows Markdown in a frame of its own.
    const details = page.frameLocator('iframe').getByText('Scale api-gateway from 1 to 4 replicas');
    await details.waitFor();
    expect(await page.frameLocator('iframe').locator('body').innerText()).toMatch(/executing[^]*bottleneck/);
    gate.open();
    expect(await handle.result()).toMatchObject({ outcome: 'completed', requestedBy: 'ada' });
    await page.goto(url);
    await page.getByText('Completed', { exact: true }).first().waitFor();
    await page.getByText('the spike is over: latency, errors and lag are back').first().waitFor();
    expect(world.replicas['api-gateway']).toBe(4);
  });
});
