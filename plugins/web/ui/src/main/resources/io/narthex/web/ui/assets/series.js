// A label set as an element, coloured as the editor colours it.

import { isClassicMetric, labelName, quote } from './format.js';
import { el } from './page.js';

/**
 * A label set as an element. Pairs which all series of a result share are set back, so that the eye finds what differs.
 *
 * @param {import('./format.js').Labels} labels
 * @param {Set<string>} [shared] names of labels that every series of the result has with one value
 */
export function seriesElement(labels, shared) {
  const node = el('span', { class: 'series' });
  const name = labels.__name__;
  const classic = name !== undefined && isClassicMetric(name);
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
