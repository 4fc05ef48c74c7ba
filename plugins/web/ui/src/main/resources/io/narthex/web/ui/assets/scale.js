// The value axis: its ends, its marks, and their texts.

/**
 * Round marks for a value axis that covers at least `low` to `high`.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
export function valueTicks(low, high, most) {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((n) => n * power >= rough) ?? 10) * power;
  const ticks = [];
  const first = Math.ceil(low / step - 1e-9);
  // Counted, as adding one may change nothing where numbers are large.
  for (let i = 0; i <= most + 1 && (first + i) * step <= high + step * 1e-9; i++) ticks.push((first + i) * step);
  return { step, ticks };
}

/**
 * Ends of the value axis: a little air around the data, zero included where it is near.
 *
 * @param {number} min
 * @param {number} max
 * @param {number|null} yMin a lower end that is asked for
 * @returns {[number, number]}
 */
export function valueRange(min, max, yMin) {
  let [low, high] = min <= max ? [min, max] : [0, 1];
  // What differs in the last digits alone is rounding, and no axis can show it.
  if (high - low <= Math.max(Math.abs(low), Math.abs(high)) * 1e-13) {
    if (low === 0) [low, high] = [-1, 1];
    else if (low > 0) [low, high] = [0, high * 1.25];
    else [low, high] = [low * 1.25, 0];
  } else {
    const air = (high - low) * 0.06;
    low = low >= 0 && low < (high - low) * 0.5 ? 0 : low - air;
    high = high <= 0 && -high < (high - low) * 0.5 ? 0 : high + air;
  }
  if (yMin !== null) low = yMin;
  return high > low ? [low, high] : [low, low + Math.max(1, Math.abs(low))];
}

const PREFIXES = /** @type {const} */ ([
  [1e24, 'Y'], [1e21, 'Z'], [1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, ''],
  [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p'], [1e-15, 'f'], [1e-18, 'a'], [1e-21, 'z'], [1e-24, 'y'],
]);

/**
 * A mark of a value axis: decimal SI prefixes, and as many digits as the distance of the marks calls for.
 *
 * @param {number} value
 * @param {number} step distance between marks
 */
export function formatTick(value, step) {
  if (Math.abs(value) < step / 1e6) return '0';
  // Small values stay plain down to a hundredth: 0.05 reads better than 50m beside 0.5.
  const [scale, prefix] =
    Math.abs(value) >= 0.01 && Math.abs(value) < 1000 && step >= 0.001
      ? [1, '']
      : (PREFIXES.find(([size]) => Math.abs(value) >= size * 0.9999999) ?? [1, '']);
  const fine = step / scale;
  let digits = 0;
  while (digits < 9 && Math.abs(fine * 10 ** digits - Math.round(fine * 10 ** digits)) > 1e-6 * fine * 10 ** digits) digits++;
  return (value / scale).toFixed(digits) + prefix;
}
