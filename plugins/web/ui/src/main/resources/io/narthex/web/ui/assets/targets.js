// The targets page: what is scraped, by pool, and how that goes.

import { seriesText } from './format.js';
import { grid, listing } from './listing.js';
import { el, inUtc, notice } from './page.js';
import { seriesElement } from './series.js';
import { ago, formatTime } from './time.js';

/** More rows than this are counted, not drawn. */
const MOST_ROWS = 2000;

/** Pools that the user has folded. @type {Set<string>} */
const folded = new Set();
let health = 'all';

const choices = ['all', 'up', 'down', 'unknown'].map((name) =>
  el('button', {
    type: 'button', class: 'toggle', 'aria-pressed': String(name === health),
    onclick: () => {
      health = name;
      choices.forEach((choice) => choice.setAttribute('aria-pressed', String(choice.textContent?.toLowerCase() === name)));
      redraw();
    },
  }, name[0].toUpperCase() + name.slice(1)),
);

const redraw = listing({
  path: 'targets?state=active',
  filterLabel: 'Filter by endpoint, labels or error',
  tools: [el('span', { class: 'field', role: 'group', 'aria-label': 'Health' }, ...choices)],
  draw(data, filter) {
    const all = data.activeTargets ?? [];
    const failing = failures(data.discoveryErrors);
    if (all.length === 0) {
      return {
        stats: 'No targets',
        nodes: failing.length > 0 ? failing : [notice('empty', 'No targets', 'Nothing is being scraped. Add a job under scrape_configs in the configuration, reload, and it appears here.')],
      };
    }
    const shown = all.filter((/** @type {any} */ target) => (health === 'all' || target.health === health) && matches(target, filter));
    const up = all.filter((/** @type {any} */ target) => target.health === 'up').length;
    const stats = `${up.toLocaleString('en')} of ${all.length.toLocaleString('en')} up`;
    if (shown.length === 0) return { stats, nodes: [...failing, notice('empty', 'No target matches', 'Clear the filter, or choose All.')] };
    /** @type {Map<string, any[]>} */
    const pools = new Map();
    for (const target of shown) {
      const pool = pools.get(target.scrapePool);
      if (pool) pool.push(target);
      else pools.set(target.scrapePool, [target]);
    }
    let left = MOST_ROWS;
    const nodes = [...pools].map(([name, targets]) => {
      const drawn = targets.slice(0, left);
      left -= drawn.length;
      return pool(name, drawn, all.filter((/** @type {any} */ target) => target.scrapePool === name));
    });
    if (shown.length > MOST_ROWS) {
      nodes.unshift(notice('info', `Showing the first ${MOST_ROWS.toLocaleString('en')} of ${shown.length.toLocaleString('en')} targets.`, 'Filter to find the one you look for.'));
    }
    return { stats, nodes: [...failing, ...nodes] };
  },
});

/** Jobs whose discovery fails: such a job may have no target to show it at. @param {Record<string, string[]>} [errors] */
function failures(errors) {
  return Object.entries(errors ?? {}).map(([job, reasons]) =>
    notice('error', `Discovery of ${job} fails`, reasons.join('\n'), 'Targets that were found before are kept.'),
  );
}

/** @param {any} target @param {string} filter */
function matches(target, filter) {
  return filter === '' || `${target.scrapeUrl} ${seriesText(target.labels)} ${target.lastError}`.toLowerCase().includes(filter);
}

/** @param {string} name @param {any[]} targets those to show @param {any[]} all those of the pool */
function pool(name, targets, all) {
  const up = all.filter(({ health }) => health === 'up').length;
  const node = el(
    'details',
    { class: 'pool', open: !folded.has(name) },
    el('summary', null, name, el('span', { class: `badge ${up === all.length ? 'up' : 'down'}` }, `${up} / ${all.length} up`)),
    grid('targets', [['Health', 'c1'], ['Endpoint', 'c4'], ['Labels', ''], ['Last scrape', 'c2'], ['Duration', 'c1']], targets.map(row)),
  );
  node.addEventListener('toggle', () => (/** @type {HTMLDetailsElement} */ (node).open ? folded.delete(name) : folded.add(name)));
  return node;
}

/** @param {any} target */
function row({ health, scrapeUrl, globalUrl, labels, discoveredLabels, lastScrape, lastScrapeDuration, lastError, scrapeInterval, scrapeTimeout }) {
  const at = Date.parse(lastScrape);
  const scraped = at > 0;
  return el(
    'tr',
    null,
    el('td', null, el('span', { class: `badge ${health}` }, health)),
    el('td', null, link(globalUrl ?? scrapeUrl, scrapeUrl), lastError ? el('div', { class: 'fault' }, lastError) : null),
    el('td', { title: discoveredLabels ? `Before relabelling: ${seriesText(discoveredLabels)}` : null }, chips(labels)),
    el(
      'td',
      { title: scraped ? formatTime(Math.round(at), inUtc()) : null },
      scraped ? ago(at, Date.now()) : 'never',
      scrapeInterval ? el('div', { class: 'at' }, `every ${scrapeInterval}, at most ${scrapeTimeout}`) : null,
    ),
    el('td', null, scraped ? `${(lastScrapeDuration * 1000).toFixed(1)} ms` : '–'),
  );
}

/** Only http and https become links: an address comes from discovery, which is not ours. */
function link(/** @type {string} */ href, /** @type {string} */ text) {
  return /^https?:\/\//i.test(href ?? '') ? el('a', { href, class: 'plain', rel: 'noreferrer' }, text ?? href) : el('span', { class: 'plain' }, text ?? '');
}

/** @param {Record<string, string>} labels */
function chips(labels) {
  return el('div', { class: 'chips' }, ...Object.entries(labels ?? {}).map(([key, value]) => {
    const pair = seriesElement({ [key]: value });
    pair.firstChild?.remove(); // without the braces of a whole series
    pair.lastChild?.remove();
    return pair;
  }));
}
