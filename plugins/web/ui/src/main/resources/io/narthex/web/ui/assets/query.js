// The query page: panels, and their state in the address.

import { warmUp } from './complete.js';
import { el } from './page.js';
import { Panel } from './panel.js';
import { decode, emptyPanel, encode } from './state.js';

/** @type {Panel[]} */
let panels = [];

const list = el('div', { class: 'panels' });
const add = el('button', { type: 'button', class: 'add', onclick: () => insert(panels.length) }, 'Add query');
document.getElementById('main')?.append(list, add);

const states = () => panels.map((panel) => panel.state);

/** Puts the state into the address; a step in the browser's history each. */
function save() {
  const search = encode(states());
  // The page also stands at the root, where an address for passing on should name it.
  if (search !== location.search) history.pushState(null, '', `query${search}`);
  title();
}

/** The page's own title, and what the server has for all of them. */
const [own] = document.title.split(' · ', 1);
const ofServer = document.title.slice(own.length);

function title() {
  const first = panels[0]?.state.expr.trim();
  document.title = (first ? first.slice(0, 80) : own) + ofServer;
}

/** @param {number} index @param {import('./state.js').PanelState} [state] */
function place(index, state = emptyPanel()) {
  const panel = new Panel(state, {
    change: save,
    remove() {
      panels.splice(panels.indexOf(panel), 1);
      panel.close();
      if (panels.length === 0) insert(0);
      else save();
    },
    duplicate: () => insert(panels.indexOf(panel) + 1, panel.state),
  });
  list.insertBefore(panel.node, panels[index]?.node ?? null);
  panels.splice(index, 0, panel);
  panel.run();
  return panel;
}

/** @param {number} index @param {import('./state.js').PanelState} [state] */
function insert(index, state) {
  const panel = place(index, state);
  save();
  panel.focus();
}

/** Brings the panels in line with the address. */
function load() {
  const wanted = decode(location.search);
  if (wanted.length === 0) wanted.push(emptyPanel());
  if (wanted.length === panels.length) {
    panels.forEach((panel, i) => {
      if (encode([panel.state]) === encode([wanted[i]])) return;
      panel.state = wanted[i];
      panel.run();
    });
  } else {
    for (const panel of panels) panel.close();
    panels = [];
    wanted.forEach((state, i) => place(i, state));
  }
  title();
}

window.addEventListener('popstate', load);
load();
if (!panels[0].state.expr) panels[0].focus();
warmUp();
