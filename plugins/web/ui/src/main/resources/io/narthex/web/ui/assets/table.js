// The result of an instant query as a table, never more of it than a browser can hold.

import { formatValue, parseValue } from './format.js';
import { el, inUtc, notice } from './page.js';
import { seriesElement } from './series.js';
import { formatTime } from './time.js';

const MOST_ROWS = 1000;
const MOST_SAMPLES = 20_000;
const MOST_SAMPLES_A_ROW = 1000;

/** How many series a result has. @param {{resultType: string, result: any}} data */
export const seriesCount = ({ resultType, result }) => (resultType === 'scalar' || resultType === 'string' ? 1 : result.length);

/**
 * @param {{resultType: string, result: any}} data as the API gives it
 * @returns {Node[]}
 */
export function resultTable({ resultType, result }) {
  if (resultType === 'scalar' || resultType === 'string') {
    return [table([el('tr', null, el('td', { class: 'kind' }, resultType), el('td', { class: 'number' }, String(result[1])))])];
  }
  const rows = [];
  let samples = 0;
  for (const series of result.slice(0, MOST_ROWS)) {
    const cell = el('td', { class: 'number' });
    if (resultType === 'vector') {
      if (series.value) cell.append(series.value[1]);
      if (series.histogram) cell.append(histogram(series.histogram[1]));
    } else {
      if (samples >= MOST_SAMPLES) break;
      const points = [
        ...(series.values ?? []).map((/** @type {[number, string]} */ [at, value]) => ({ at, node: value })),
        ...(series.histograms ?? []).map((/** @type {[number, any]} */ [at, value]) => ({ at, node: histogram(value) })),
      ].sort((a, b) => a.at - b.at);
      const shown = points.slice(0, MOST_SAMPLES_A_ROW);
      samples += shown.length;
      for (const { at, node } of shown) {
        cell.append(el('div', { class: 'sample' }, node, el('span', { class: 'at', title: formatTime(Math.round(at * 1000), inUtc()) }, ` @${at}`)));
      }
      if (points.length > shown.length) cell.append(el('div', { class: 'at' }, `… ${points.length - shown.length} more samples`));
    }
    rows.push(el('tr', null, el('td', null, seriesElement(series.metric)), cell));
  }
  const cut =
    rows.length < result.length
      ? notice('info', `Showing the first ${rows.length.toLocaleString('en')} of ${result.length.toLocaleString('en')} series.`, 'Aggregate with sum by (…), or pick with topk(…), to see what matters.')
      : null;
  return cut ? [cut, table(rows)] : [table(rows)];
}

/** @param {Node[]} rows */
const table = (rows) =>
  el('div', { class: 'scroll' }, el('table', { class: 'result' }, el('thead', { class: 'unseen' }, el('tr', null, el('th', { scope: 'col' }, 'Series'), el('th', { scope: 'col' }, 'Value'))), el('tbody', null, ...rows)));

/** Opening and closing bracket by the API's boundary rule. */
const BOUNDS = ['(]', '[)', '()', '[]'];

/** @param {{count: string, sum: string, buckets?: [number, string, string, string][]}} value */
function histogram({ count, sum, buckets = [] }) {
  const most = Math.max(...buckets.map(([, , , observations]) => parseValue(observations)), 0);
  const mean = parseValue(sum) / parseValue(count);
  return el(
    'details',
    { class: 'histogram' },
    el('summary', null, `count ${count}, sum ${sum}, mean ${formatValue(Number(mean.toPrecision(4)))}`),
    ...buckets.map(([rule, low, high, observations]) => {
      const bar = el('meter', { min: 0, max: most || 1, value: parseValue(observations) });
      return el('div', { class: 'bucket' }, `${BOUNDS[rule][0]}${low}, ${high}${BOUNDS[rule][1]}`, bar, observations);
    }),
  );
}
