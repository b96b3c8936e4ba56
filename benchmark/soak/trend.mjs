/** What grows by less, in a part of the whole or in bytes or handles, is taken for level. */
const PART = 0.05;

/** By how many of its own standard errors a slope has to differ from none. */
const CERTAIN = 3;

/**
 * Whether figures grow over the second half of their time, by the line that fits them best.
 *
 * @param samples - with `minutes` and `value`.
 * @param least - the least growth that counts.
 */
export function trendOf(samples, least) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const { mean, slope, error } = lineThrough(half);
  const growth = slope * (half.at(-1).minutes - half[0].minutes);
  const isLeak = growth > Math.max(least, PART * mean) && slope > CERTAIN * error;
  return { mean, slope, isLeak };
}

/** The least squares. */
function lineThrough(samples) {
  const count = samples.length;
  const [middle, mean] = [meanOf(samples.map(({ minutes }) => minutes)), meanOf(samples.map(({ value }) => value))];
  const spread = sumOf(samples, ({ minutes }) => (minutes - middle) ** 2);
  if (count < 3 || spread === 0) return { mean, slope: 0, error: 0 };
  const slope = sumOf(samples, ({ minutes, value }) => (minutes - middle) * (value - mean)) / spread;
  const rest = sumOf(samples, ({ minutes, value }) => (value - mean - slope * (minutes - middle)) ** 2);
  return { mean, slope, error: Math.sqrt(rest / (count - 2) / spread) };
}

function meanOf(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sumOf(samples, part) {
  return samples.reduce((sum, sample) => sum + part(sample), 0);
}
