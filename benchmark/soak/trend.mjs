/** What grows by less, in a part of the whole or in bytes or handles, is taken for level. */
const PART = 0.05;

/** By how many of its own standard errors a slope has to differ from none. */
const CERTAIN = 3;

/**
 * Whether figures grow over the second half of their time, by the line that fits them best. What they grow by with the crowd is no leak: a machine that
 * has more time for it has more of it.
 *
 * @param samples - with `minutes`, `value` and the `crowd` that was there.
 * @param least - the least growth that counts.
 */
export function trendOf(samples, least) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const crowd = half.map((sample) => sample.crowd);
  const minutes = half.map((sample) => sample.minutes);
  const values = half.map(({ value }) => value);
  const { slope, error } = lineThrough(restOf(minutes, crowd), restOf(values, crowd));
  const mean = meanOf(values);
  const growth = slope * (minutes.at(-1) - minutes[0]);
  const isLeak = growth > Math.max(least, PART * mean) && slope > CERTAIN * error;
  return { mean, slope, isLeak };
}

/** What the crowd does not explain of figures. */
function restOf(figures, crowd) {
  const { slope } = lineThrough(crowd, figures);
  return figures.map((figure, index) => figure - slope * crowd[index]);
}

/** The least squares. */
function lineThrough(xs, ys) {
  const [middle, mean] = [meanOf(xs), meanOf(ys)];
  const spread = sumOf(xs, (x) => (x - middle) ** 2);
  if (xs.length < 3 || spread === 0) return { slope: 0, error: 0 };
  const slope = sumOf(xs, (x, index) => (x - middle) * (ys[index] - mean)) / spread;
  const rest = sumOf(xs, (x, index) => (ys[index] - mean - slope * (x - middle)) ** 2);
  return { slope, error: Math.sqrt(rest / (xs.length - 2) / spread) };
}

function meanOf(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sumOf(values, part) {
  return values.reduce((sum, value, index) => sum + part(value, index), 0);
}
