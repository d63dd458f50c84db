import * as ground from '../setup/index.ts';

export interface Tier {
  name: string;
  /** What it needs on the machine, in order. */
  needs: (() => Promise<unknown>)[];
  /** What a few of its tests need, which are skipped and say so where it cannot be had. */
  wants?: (() => Promise<unknown>)[];
  /** Test files at once; tests against servers wait more than they compute, so that more than CPUs are well used. */
  workers?: number;
  /** One file at a time: its tests use a whole machine. */
  alone?: boolean;
  /** Its tests share a machine with real servers: a few that fail are tried once more, which the end of the run says. */
  secondTry?: boolean;
}

/** In the order they run: fast ones first, the whole stack last and alone. The names are the projects of vitest.config.ts. */
export const tiers: Tier[] = [
  { name: 'static', needs: [ground.ensureDocker, ground.ensureCompose] },
  { name: 'domain', needs: [] },
  {
    name: 'workflows',
    workers: 2,
    secondTry: true,
    needs: [ground.ensureTestServer, ground.ensureTemporalCli],
  },
  { name: 'replay', needs: [] },
  {
    name: 'adapters',
    secondTry: true,
    needs: [ground.ensureDocker, ground.ensureKafkaJars, ground.ensureNginx],
  },
  {
    name: 'platforms',
    secondTry: true,
    needs: [ground.ensureDocker, ground.ensureCompose, ground.ensureBaseImages],
  },
  { name: 'cli', secondTry: true, needs: [ground.ensureTemporalCli], wants: [ground.ensureChromium] },
  {
    name: 'scenarios',
    alone: true,
    secondTry: true,
    needs: [
      ground.ensureDocker,
      ground.ensureCompose,
      ground.ensureTemporalCli,
      ground.ensureBaseImages,
      ground.ensureKafkaJars,
    ],
  },
];
