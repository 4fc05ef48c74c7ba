// The plugins page: what this server is made of, and what of it did not start, with the reason.

import { grid, listing } from './listing.js';
import { el, notice } from './page.js';

listing({
  path: 'plugins',
  filterLabel: 'Filter by id, state or extension',
  draw(data, filter) {
    const all = data.plugins ?? [];
    if (all.length === 0) return { stats: 'No plugins', nodes: [notice('empty', 'No plugins', 'This server runs without any plugin.')] };
    const failed = all.filter((/** @type {any} */ plugin) => plugin.state === 'FAILED').length;
    const stats = `${all.length} plugins${failed > 0 ? `, ${failed} failed` : ''}`;
    const shown = all.filter((/** @type {any} */ plugin) => text(plugin).includes(filter)).sort(byTroubleThenId);
    if (shown.length === 0) return { stats, nodes: [notice('empty', 'No plugin matches', 'Clear the filter.')] };
    const columns = /** @type {[string, string][]} */ ([['Plugin', 'c3'], ['Version', 'c1'], ['State', 'c2'], ['Description', ''], ['Extension points', 'c4']]);
    return { stats, nodes: [el('div', { class: 'pool' }, grid('plugins', columns, shown.map(row)))] };
  },
});

/** @param {any} plugin */
const text = ({ id, state, reason, extensions }) => `${id} ${state} ${reason ?? ''} ${(extensions ?? []).map(extension).join(' ')}`.toLowerCase();

/** An extension is its name, or an object that has one. @param {any} one */
const extension = (one) => (typeof one === 'string' ? one : [one?.point ?? one?.type, one?.name].filter(Boolean).join(' '));

/** @param {any} a @param {any} b */
const byTroubleThenId = (a, b) => Number(b.state === 'FAILED') - Number(a.state === 'FAILED') || (a.id < b.id ? -1 : 1);

/** @param {any} plugin */
function row({ id, version, state, reason, description, provider, extensions = [] }) {
  return el(
    'tr',
    null,
    el('td', { class: 'plain' }, id),
    el('td', { class: 'plain' }, version ?? ''),
    el('td', null, el('span', { class: `badge ${String(state).toLowerCase()}` }, String(state).toLowerCase())),
    el('td', null, description ?? '', provider ? el('div', { class: 'at' }, `by ${provider}`) : null, reason ? el('div', { class: 'fault' }, reason) : null),
    el('td', { class: 'plain' }, ...extensions.map((/** @type {any} */ one) => el('div', null, extension(one)))),
  );
}
