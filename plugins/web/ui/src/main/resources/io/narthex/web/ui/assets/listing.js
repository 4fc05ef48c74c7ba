// What the pages that list things share: a text filter, and reading again while somebody looks.

import { ask } from './api.js';
import { el, failure, onAppearance } from './page.js';

const AGAIN_MILLIS = 10_000;

/**
 * Fills a page from one API path, and again every 10 s while the page is in view. What stays the same is not touched.
 *
 * @param {object} page
 * @param {string} page.path
 * @param {string} page.filterLabel
 * @param {Node[]} [page.tools] further controls beside the filter
 * @param {(data: any, filter: string) => {nodes: Node[], stats: string}} page.draw `filter` in lower case
 * @returns {() => void} draws again from what was last read
 */
export function listing({ path, filterLabel, tools = [], draw }) {
  const body = el('div', { 'aria-live': 'off' });
  const stats = el('span', { class: 'stats', role: 'status' });
  const filter = /** @type {HTMLInputElement} */ (
    el('input', { type: 'search', placeholder: filterLabel, 'aria-label': filterLabel, autocomplete: 'off', spellcheck: 'false', oninput: () => redraw() })
  );
  document.getElementById('main')?.append(el('div', { class: 'tools' }, filter, ...tools, stats), body);
  /** @type {any} */
  let data = null;

  function redraw() {
    if (data === null) return;
    const drawn = draw(data, filter.value.trim().toLowerCase());
    stats.textContent = drawn.stats;
    body.replaceChildren(...drawn.nodes);
  }

  async function read() {
    if (document.hidden) return;
    try {
      ({ data } = await ask(path));
    } catch (error) {
      stats.textContent = '';
      data = null;
      body.replaceChildren(failure(/** @type {Error} */ (error)));
      return;
    }
    // A redraw would take away what somebody is selecting to copy, or the focus.
    const busy = String(document.getSelection()) !== '' || body.contains(document.activeElement);
    if (!busy || body.childElementCount === 0) redraw();
  }

  onAppearance(redraw);
  document.addEventListener('visibilitychange', read);
  setInterval(read, AGAIN_MILLIS);
  read();
  return redraw;
}

/**
 * A table with fixed columns, so that values that change do not move it.
 *
 * @param {string} kind
 * @param {[string, string][]} columns title and class of width
 * @param {Node[]} rows
 */
export function grid(kind, columns, rows) {
  return el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Table' },
    el(
      'table',
      { class: kind },
      el('thead', null, el('tr', null, ...columns.map(([title, width]) => el('th', { scope: 'col', class: width }, title)))),
      el('tbody', null, ...rows),
    ),
  );
}
