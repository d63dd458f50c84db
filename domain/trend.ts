/** Sums over points of a series, enough for its mean, variance and line of least squares; a point is added in no space. */
export interface Trend {
  count: number;
  x: number;
  y: number;
  xx: number;
  xy: number;
  yy: number;
}

export const emptyTrend: Trend = { count: 0, x: 0, y: 0, xx: 0, xy: 0, yy: 0 };

/** `x` near 0 keeps the sums exact: count it from the begin of the series. */
export const withPoint = (trend: Trend, x: number, y: number): Trend => ({
  count: trend.count + 1,
  x: trend.x + x,
  y: trend.y + y,
  xx: trend.xx + x * x,
  xy: trend.xy + x * y,
  yy: trend.yy + y * y,
});

/** Mean of the values; `undefined` without any. */
export const meanOf = ({ count, y }: Trend): number | undefined => (count === 0 ? undefined : y / count);

/** Variance of the values as a sample of more (n - 1); 0 for fewer than two. */
export const varianceOf = ({ count, y, yy }: Trend): number =>
  count < 2 ? 0 : Math.max(0, (yy - (y * y) / count) / (count - 1));

/** Growth of the value for each unit of `x` by least squares; 0 where all points have the same `x`. */
export const slopeOf = ({ count, x, y, xx, xy }: Trend): number => {
  const spread = count * xx - x * x;
  return spread <= 0 ? 0 : (count * xy - x * y) / spread;
};
