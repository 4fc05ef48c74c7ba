// Samples and label sets as text and as elements, in the notation of PromQL.

import { el } from './page.js';

/** @typedef {Record<string, string>} Labels */

const CLASSIC_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const CLASSIC_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The API's sample text as a number: `NaN`, `+Inf` and `-Inf` included. @param {string} text */
export function parseValue(text) {
  return text === '+Inf' || text === 'Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

/** A number as the API writes it. @param {number} value */
export function formatValue(value) {
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
}

/** @param {string} text */
export const quote = (text) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;

/** @param {string} name */
export const isClassicMetric = (name) => CLASSIC_METRIC.test(name);

/** @param {string} name */
export const labelName = (name) => (CLASSIC_LABEL.test(name) ? name : quote(name));

/** A label set as a PromQL selector: `up{job="node"}`. @param {Labels} labels */
export function seriesText(labels) {
  const name = labels.__name__;
  const pairs = Object.entries(labels)
    .filter(([key]) => key !== '__name__')
    .map(([key, value]) => `${labelName(key)}=${quote(value)}`);
  if (name !== undefined && !CLASSIC_METRIC.test(name)) return `{${[quote(name), ...pairs].join(', ')}}`;
  return (name ?? '') + (pairs.length > 0 || name === undefined ? `{${pairs.join(', ')}}` : '');
}

/**
 * A label set as an element. Pairs which all series of a result share are set back, so that the eye finds what differs.
 *
 * @param {Labels} labels
 * @param {Set<string>} [shared] names of labels that every series of the result has with one value
 */
export function seriesElement(labels, shared) {
  const node = el('span', { class: 'series' });
  const name = labels.__name__;
  const classic = name !== undefined && CLASSIC_METRIC.test(name);
  if (classic) node.append(el('span', { class: 'metric' }, name));
  const pairs = Object.entries(labels).filter(([key]) => key !== '__name__');
  if (classic && pairs.length === 0) return node;
  node.append('{');
  let separator = '';
  if (name !== undefined && !classic) {
    node.append(el('span', { class: 'metric' }, quote(name)));
    separator = ', ';
  }
  for (const [key, value] of pairs) {
    const pair = el('span', { class: shared?.has(key) ? 'pair shared' : 'pair' });
    pair.append(el('span', { class: 'key' }, labelName(key)), '=', el('span', { class: 'value' }, quote(value)));
    node.append(separator, pair);
    separator = ', ';
  }
  node.append('}');
  return node;
}

/** Names of labels with one and the same value in all of several label sets. @param {Labels[]} all @returns {Set<string>} */
export function sharedLabels(all) {
  if (all.length < 2) return new Set();
  const shared = new Map(Object.entries(all[0]));
  for (const labels of all) {
    for (const [key, value] of shared) if (labels[key] !== value) shared.delete(key);
  }
  return new Set(shared.keys());
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
