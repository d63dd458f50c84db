import { createKafka } from '../../adapters/kafka/connect.ts';
import { withRedis } from '../../adapters/redis/connect.ts';
import type { Lab } from '../../demo/lab.ts';
import { until } from '../../demo/processes.ts';
import { containersOf, lostWrites, tellSteps } from './database-stage.ts';
import { killTargets, type KillTarget } from './kill-targets.ts';
import { killEngineOf, killProcessOf } from './killing.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { composeUp, composeUpRecreated } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { untilStep } from './steps.ts';

/** SIGKILL of the database, or broker, in the middle of each procedure of Scenario 3: each ends completed or taken back, and nothing is lost. */
export const killDatabase: Scenario = {
  title:
    'SIGKILL of the database or broker in the middle of each procedure of Scenario 3 (PART: a procedure)',
  run: (lab, options) =>
    play(lab, options, {
      what: 'the database',
      kill: async ({ service }) => {
        const running = (await containersOf(lab, service)).find(({ state }) => state === 'running');
        if (running !== undefined) await killProcessOf(lab, running.id);
      },
    }),
};

/** The same with dockerd. Kills the engine of this machine: run it where nothing else needs that. */
export const killEngine: Scenario = {
  title: 'SIGKILL of the Docker engine in the middle of each procedure of Scenario 3 (PART: a procedure)',
  run: (lab, options) =>
    play(lab, options, {
      what: 'the engine',
      kill: async ({ needsPlatform }) => {
        await killEngineOf(lab);
        if (needsPlatform) await composeUp(lab);
      },
    }),
};

interface Killer {
  what: string;
  kill: (target: KillTarget) => Promise<void>;
}

async function play(lab: Lab, { progress, only }: ScenarioOptions, killer: Killer): Promise<ScenarioEnd> {
  const connection = createKafka({ brokers: lab.catalog.kafka?.brokers ?? [] });
  const violations: string[] = [];
  const ends: Record<string, object> = {};
  await withRedis(lab.stack.secrets['CHAT4ALL_REDIS_URL'] ?? '', async (redis) => {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 5_000; index += 1) pipeline.set(`scenario:${index}`, `value ${index}`);
    await pipeline.exec();
  });
  const ledger = await openLedger(lab.catalog.kafka?.brokers ?? [], 6, 12);
  try {
    const targets = killTargets(lab, connection).filter(
      ({ procedure }) => only === undefined || only.includes(procedure),
    );
    for (const target of targets)
      ends[target.procedure] = await killIn(lab, target, killer, { progress, violations, ledger });
    await ledger.stop();
    const found = await ledger.find();
    if (found !== ledger.acknowledged())
      violations.push(`${ledger.acknowledged() - found} messages of Kafka are lost`);
    const wrong = Object.values(ends).filter((end) => !('outcome' in end) || end.outcome !== 'completed');
    return {
      outcome: wrong.length === 0 ? 'completed' : 'rolled_back',
      violations,
      facts: { killed: killer.what, ends, messagesProduced: ledger.acknowledged(), messagesFound: found },
    };
  } finally {
    await ledger.close();
    await connection.close();
  }
}

async function killIn(
  lab: Lab,
  target: KillTarget,
  { what, kill }: Killer,
  {
    progress,
    violations,
    ledger,
  }: { progress: (text: string) => void; violations: string[]; ledger: Ledger },
): Promise<object> {
  const { procedure } = target;
  const wrong = (text: string): void => void violations.push(`${procedure}, ${what} killed: ${text}`);
  progress(`${procedure}: SIGKILL of ${what} in "${target.step}"`);
  const before = await target.state();
  const messagesBefore = ledger.acknowledged();
  const handle = await target.begin();
  await untilStep(handle, target.step, 'running');
  const killedAtMs = Date.now();
  await kill(target);
  const result = await handle.result();
  tellSteps(result, progress);
  const { outcome, reason, downtime } = result;

  if (outcome !== 'completed' && outcome !== 'rolled_back') wrong(`it ended ${outcome}: ${reason}`);
  if (downtime !== undefined) violations.push(...lostWrites(procedure, result));
  // After the last step of what was killed, somebody brings up the rest of the platform.
  const recreated = await composeUpRecreated(lab);
  for (const name of recreated) wrong(`docker compose up -d made ${name} anew`);
  const expected = outcome === 'completed' ? target.completed : before;
  const state = await settled(target, expected);
  if (state !== expected) wrong(`it ended ${outcome}, and what runs is "${state}", not "${expected}"`);
  await until('the front door answers', () => lab.frontDoorAnswers(), 90_000);
  return {
    outcome,
    afterKillMs: result.endedAtMs - killedAtMs,
    before,
    after: state,
    composeUpRecreated: recreated.length,
    ...(downtime === undefined
      ? { messagesMeanwhile: ledger.acknowledged() - messagesBefore }
      : {
          outageMs: downtime.outageMs,
          failedProbes: downtime.failedProbes,
          writesAcknowledged: downtime.writesAcknowledged,
          writesFound: downtime.writesFound,
        }),
  };
}

/** What was killed, or started a moment ago, answers again within a minute. */
async function settled({ state }: KillTarget, expected: string): Promise<string> {
  let last = 'nothing';
  await until(
    `"${expected}"`,
    async () => {
      last = await state().catch((error: unknown) => String(error));
      return last === expected;
    },
    60_000,
    500,
  ).catch(() => undefined);
  return last;
}
