// Samples and label sets as text, in the notation of PromQL.

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

/** Names of labels with one and the same value in all of several label sets. @param {Labels[]} all @returns {Set<string>} */
export function sharedLabels(all) {
  if (all.length < 2) return new Set();
  const shared = new Map(Object.entries(all[0]));
  for (const labels of all) {
    for (const [key, value] of shared) if (labels[key] !== value) shared.delete(key);
  }
  return new Set(shared.keys());
}
