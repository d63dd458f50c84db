/** A step of a ramp towards an event: a share of the target, at a time before its start. */
export interface WaveSpec {
  share: number;
  beforeMs: number;
}

export interface Wave {
  /** `wave-1`; of a plan that was changed `wave-1-v2`. */
  id: string;
  share: number;
  atMs: number;
}

/** In the order of their times. `version` counts the plans of one procedure, from 1. */
export const wavesOf = (specs: readonly WaveSpec[], startMs: number, version = 1): Wave[] =>
  specs
    .map(({ share, beforeMs }, index) => ({
      id: version === 1 ? `wave-${index + 1}` : `wave-${index + 1}-v${version}`,
      share,
      atMs: startMs - beforeMs,
    }))
    .toSorted((one, other) => one.atMs - other.atMs);

/**
 * What to do about waves at a moment: of those whose time has come only the newest is carried out, the others are skipped, never
 * several at once; those to come keep their times.
 */
export const sortWaves = <W extends { atMs: number }>(
  waves: readonly W[],
  nowMs: number,
): { skipped: W[]; due: W | undefined; toCome: W[] } => {
  const come = waves.filter(({ atMs }) => atMs <= nowMs);
  return {
    skipped: come.slice(0, -1),
    due: come.at(-1),
    toCome: waves.filter(({ atMs }) => atMs > nowMs),
  };
};
