/** One figure with the bound that it must keep. */
export interface Bound {
  field: string;
  value: number;
  atMost: number;
}

export interface BenchResult {
  rounds: number;
  /** Medians and ratios, as they stand in the line of JSON. */
  figures: Record<string, number>;
  bounds: Bound[];
  /** Every measured value in ms, by way. */
  measured: Record<string, readonly number[]>;
}

export interface BenchOptions {
  rounds: number;
  progress: (text: string) => void;
  signal: AbortSignal;
}

export interface Benchmark {
  title: string;
  run(options: BenchOptions): Promise<BenchResult>;
}
