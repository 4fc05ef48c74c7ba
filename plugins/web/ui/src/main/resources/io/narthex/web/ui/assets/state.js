// The state of the query page in its address, in the parameters of Prometheus 3, so that links keep working both ways.

import { formatDuration, formatTime, parseDuration, parseTime } from './time.js';

/**
 * @typedef {{type: 'auto', density: 'low'|'medium'|'high'} | {type: 'fixed'|'custom', step: number}} Resolution
 *   `step` in milliseconds
 *
 * @typedef {object} PanelState
 * @property {string} expr
 * @property {'table'|'graph'} tab
 * @property {number|null} end instant in milliseconds, null for now
 * @property {number} range milliseconds
 * @property {Resolution} resolution
 * @property {boolean} stacked
 * @property {number|null} yMin lower end of the value axis, null to fit the data
 * @property {string} tree carried through for Prometheus's page: `show_tree`
 * @property {string} exemplars carried through for Prometheus's page: `show_exemplars`
 */

const DENSITIES = { low: 100, medium: 250, high: 750 };

/** @returns {PanelState} */
export function emptyPanel() {
  return {
    expr: '',
    tab: 'table',
    end: null,
    range: 3_600_000,
    resolution: { type: 'auto', density: 'medium' },
    stacked: false,
    yMin: null,
    tree: '0',
    exemplars: '0',
  };
}

/** The step of a range query in milliseconds, at least 1. @param {PanelState} state */
export function stepOf({ resolution, range }) {
  if (resolution.type !== 'auto') return Math.max(1, resolution.step);
  return Math.max(1, Math.floor(range / DENSITIES[resolution.density]));
}

/** @param {string} search @returns {PanelState[]} empty where the address names no panel */
export function decode(search) {
  const query = new URLSearchParams(search);
  const panels = [];
  for (let i = 0; query.has(`g${i}.expr`); i++) {
    const get = (/** @type {string} */ name) => query.get(`g${i}.${name}`);
    const panel = emptyPanel();
    panel.expr = get('expr') ?? '';
    const tab = get('tab');
    panel.tab = tab === 'graph' || tab === '0' ? 'graph' : 'table';
    panel.range = parseDuration(get('range_input') ?? '') ?? panel.range;
    panel.end = parseTime(get('moment_input') ?? get('end_input') ?? '', true);
    panel.stacked = (get('display_mode') ?? '') === 'stacked' || (!query.has(`g${i}.display_mode`) && get('stacked') === '1');
    const yMin = get('y_axis_min');
    panel.yMin = yMin === null || yMin === '' || Number.isNaN(Number(yMin)) ? null : Number(yMin);
    panel.tree = get('show_tree') === '1' ? '1' : '0';
    panel.exemplars = get('show_exemplars') === '1' ? '1' : '0';
    panel.resolution = resolution(get) ?? panel.resolution;
    panels.push(panel);
  }
  return panels;
}

/** @param {(name: string) => string|null} get @returns {Resolution|null} */
function resolution(get) {
  const type = get('res_type');
  const step = Number(get('res_step')) * 1000;
  if ((type === 'fixed' || type === 'custom') && step > 0) return { type, step };
  const density = get('res_density');
  if (type === 'auto' && density !== null && density in DENSITIES) {
    return { type, density: /** @type {'low'|'medium'|'high'} */ (density) };
  }
  const old = Number.parseInt(get('step_input') ?? '', 10);
  return type === null && old > 0 ? { type: 'custom', step: old * 1000 } : null;
}

/** @param {PanelState[]} panels @returns {string} a query string with its question mark */
export function encode(panels) {
  const query = new URLSearchParams();
  panels.forEach((panel, i) => {
    const put = (/** @type {string} */ name, /** @type {string} */ value) => query.append(`g${i}.${name}`, value);
    put('expr', panel.expr);
    put('show_tree', panel.tree);
    put('tab', panel.tab);
    if (panel.end !== null) {
      const end = formatTime(Math.floor(panel.end / 1000) * 1000, true);
      put('end_input', end);
      put('moment_input', end);
    }
    put('range_input', formatDuration(panel.range));
    put('res_type', panel.resolution.type);
    if (panel.resolution.type === 'auto') put('res_density', panel.resolution.density);
    else put('res_step', String(panel.resolution.step / 1000));
    put('display_mode', panel.stacked ? 'stacked' : 'lines');
    if (panel.yMin !== null) put('y_axis_min', String(panel.yMin));
    put('show_exemplars', panel.exemplars);
  });
  return `?${query}`;
}
