import type { Lab } from '../../demo/lab.ts';

export interface ScenarioOptions {
  progress: (text: string) => void;
  rounds: number;
  seed: number;
  /** Parts of a scenario that has any; all when left out. */
  only?: readonly string[];
}

/** What a scenario measured. A violation is a sentence about something that should have held and did not. */
export interface ScenarioEnd {
  outcome: string;
  facts: Record<string, unknown>;
  violations: string[];
}

export interface Scenario {
  title: string;
  run(lab: Lab, options: ScenarioOptions): Promise<ScenarioEnd>;
}
