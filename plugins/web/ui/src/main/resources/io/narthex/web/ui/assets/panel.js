// One panel of the query page: expression, controls, and the result as a table or a graph.

import { ask } from './api.js';
import { Chart } from './chart.js';
import { remember } from './complete.js';
import { Editor } from './editor.js';
import { parseValue } from './format.js';
import { Legend } from './legend.js';
import { el, failure, inUtc, notice, onAppearance } from './page.js';
import { stepOf } from './state.js';
import { resultTable, seriesCount } from './table.js';
import { formatDuration, formatTime, parseDuration, parseTime } from './time.js';

/** @typedef {import('./state.js').PanelState} PanelState */

const RANGES = ['1s', '10s', '1m', '5m', '15m', '30m', '1h', '2h', '6h', '12h', '1d', '2d', '1w', '2w', '4w', '8w', '1y', '2y']
  .map((text) => /** @type {number} */ (parseDuration(text)));

/** More is neither drawn nor asked for: past this a graph is a carpet. */
const MOST_LINES = 1000;
const MOST_TABLE_SERIES = 10_000;
const MOST_NOTES = 10;
const TOLERATED_SKEW = 30_000;

const EXAMPLES = [
  ['up', 'which targets answer'],
  ['1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[1m]))', 'how busy the processors are'],
  ['node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', 'memory left'],
  ['topk(5, scrape_samples_scraped)', 'largest targets'],
];

const FIXED_STEPS = ['10s', '30s', '1m', '5m', '15m', '1h'];

let panels = 0;

export class Panel {
  #id = `panel${++panels}`;
  /** @type {PanelState} */
  #state;
  #on;
  #editor = new Editor(() => this.#execute());
  #execButton = button('Execute', () => (this.#abort ? this.#abort.abort() : this.#execute()), 'primary');
  #tabs = {
    table: this.#tab('table', 'Table'),
    graph: this.#tab('graph', 'Graph'),
  };
  #range = input('Range', 6, (text) => this.#rangeTyped(text));
  #end = input('End time', 19, (text) => this.#endTyped(text));
  #resolution = /** @type {HTMLSelectElement} */ (
    el(
      'select',
      { 'aria-label': 'Resolution', onchange: () => this.#resolutionChosen() },
      group('Automatic', ['low', 'medium', 'high'].map((density) => option(`auto ${density}`, `Res. ${density}`))),
      group('Fixed step', FIXED_STEPS.map((step) => option(`fixed ${step}`, `Step ${step}`))),
      option('custom', 'Step…'),
    )
  );
  #now = /** @type {HTMLButtonElement} */ (button('Now', () => this.#change({ end: null }), 'step', 'Back to now'));
  #step = input('Step', 6, (text) => this.#stepTyped(text));
  #stacked = toggle('Stacked', 'Pile the series up', (on) => this.#change({ stacked: on }, false));
  #zero = toggle('From 0', 'Begin the value axis at zero', (on) => this.#change({ yMin: on ? 0 : null }, false));
  #graphOnly;
  #stats = el('span', { class: 'stats', role: 'status' });
  #notes = el('div', { class: 'notes' });
  #output = el('div', { class: 'output', role: 'tabpanel', id: `${this.#id}-output` });
  /** @type {{chart: Chart, legend: Legend, node: HTMLElement}|null} */
  #graph = null;
  /** @type {AbortController|null} */
  #abort = null;
  #forget;

  /**
   * @param {PanelState} state
   * @param {{change: () => void, remove: () => void, duplicate: () => void}} on `change`: the state has changed
   */
  constructor(state, on) {
    this.#state = state;
    this.#on = on;
    const shift = (/** @type {number} */ sign) => () => {
      const end = (this.#state.end ?? Date.now()) + (sign * this.#state.range) / 2;
      this.#change({ end: Math.round(end / 1000) * 1000 });
    };
    const endField = field(
      'End time',
      button('‹', shift(-1), 'step', 'Half a range earlier'),
      this.#end,
      button('›', shift(1), 'step', 'Half a range later'),
      this.#now,
    );
    this.#graphOnly = [
      field('Range', button('−', () => this.#nextRange(-1), 'step', 'Shorter range'), this.#range, button('+', () => this.#nextRange(1), 'step', 'Longer range')),
      field('Resolution', this.#resolution, this.#step),
      el('span', { class: 'field' }, this.#stacked, this.#zero),
    ];
    this.node = el(
      'section',
      { class: 'panel', 'aria-label': 'Query' },
      el('div', { class: 'ask' }, this.#editor.node, this.#execButton),
      el('div', { class: 'progress', 'aria-hidden': 'true' }),
      el(
        'div',
        { class: 'controls' },
        el('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Result as' }, this.#tabs.table, this.#tabs.graph),
        this.#graphOnly[0],
        endField,
        ...this.#graphOnly.slice(1),
        el('span', { class: 'gap' }),
        this.#stats,
        button('Duplicate', on.duplicate, 'quiet', 'Duplicate this panel'),
        button('Remove', on.remove, 'quiet', 'Remove this panel'),
      ),
      this.#notes,
      this.#output,
    );
    this.#forget = onAppearance(() => this.#show());
    this.state = state;
  }

  /** @returns {PanelState} */
  get state() {
    return this.#state;
  }

  set state(state) {
    this.#state = { ...state };
    this.#editor.text = state.expr;
    this.#show();
  }

  focus() {
    this.#editor.focus();
  }

  close() {
    this.#abort?.abort();
    this.#abort = null;
    this.#closeGraph();
    this.#forget();
    this.node.remove();
  }

  /** Runs what the state says and shows the outcome. Never fails. */
  async run() {
    this.#abort?.abort();
    this.#abort = null;
    this.#notes.replaceChildren();
    const expr = this.#state.expr.trim();
    if (expr === '') return this.#welcome();
    const abort = new AbortController();
    this.#abort = abort;
    this.#busy(true);
    const { tab, range } = this.#state;
    const end = this.#state.end ?? Math.floor(Date.now() / 1000) * 1000;
    const step = stepOf(this.#state);
    try {
      const answer =
        tab === 'graph'
          ? await ask('query_range', { query: expr, start: (end - range) / 1000, end: end / 1000, step: step / 1000, limit: MOST_LINES + 1 }, abort.signal)
          : await ask('query', { query: expr, time: this.#state.end === null ? null : end / 1000, limit: MOST_TABLE_SERIES }, abort.signal);
      if (this.#abort !== abort) return;
      remember(expr);
      const count = seriesCount(answer.data);
      this.#stats.textContent =
        `${count.toLocaleString('en')} series · ${Math.round(answer.millis)} ms` + (tab === 'graph' ? ` · step ${step < 60_000 ? `${step / 1000}s` : formatDuration(step)}` : '');
      this.#tell(answer, count > MOST_LINES && tab === 'graph');
      if (count === 0) this.#nothing();
      else if (tab === 'graph') this.#draw(answer.data.result, { start: end - range, end, step });
      else {
        this.#closeGraph();
        this.#output.replaceChildren(...resultTable(answer.data));
      }
    } catch (error) {
      if (this.#abort !== abort) return; // a newer query has taken over
      this.#closeGraph();
      this.#stats.textContent = '';
      if (/** @type {Error} */ (error).name === 'AbortError') {
        this.#output.replaceChildren(notice('empty', 'Cancelled', 'The query was given up before it was answered.'));
      } else {
        this.#output.replaceChildren(failure(/** @type {Error} */ (error)));
        this.#editor.markError(/** @type {Error} */ (error).message);
      }
    }
    this.#abort = null;
    this.#busy(false);
  }

  #execute() {
    this.#editor.closeList();
    this.#change({ expr: this.#editor.text });
  }

  /** @param {Partial<PanelState>} change @param {boolean} [again] whether the query must be asked anew */
  #change(change, again = true) {
    this.#state = { ...this.#state, ...change };
    this.#show();
    this.#on.change();
    if (again) this.run();
    else this.#graph?.chart.setView({ stacked: this.#state.stacked, yMin: this.#state.yMin });
  }

  /** Brings the controls in line with the state. */
  #show() {
    const { tab, range, end, resolution, stacked, yMin } = this.#state;
    for (const [name, node] of Object.entries(this.#tabs)) {
      node.setAttribute('aria-selected', String(name === tab));
      node.tabIndex = name === tab ? 0 : -1;
    }
    this.#output.setAttribute('aria-labelledby', this.#tabs[tab].id);
    for (const node of this.#graphOnly) node.hidden = tab !== 'graph';
    write(this.#range, formatDuration(range));
    write(this.#end, end === null ? '' : formatTime(end, inUtc()));
    this.#now.disabled = end === null;
    this.#end.placeholder = tab === 'graph' ? 'now' : 'now (evaluation time)';
    this.#step.hidden = resolution.type !== 'custom';
    if (resolution.type === 'auto') {
      this.#resolution.value = `auto ${resolution.density}`;
    } else {
      write(this.#step, formatDuration(resolution.step));
      this.#resolution.value = resolution.type === 'fixed' ? `fixed ${formatDuration(resolution.step)}` : 'custom';
      if (this.#resolution.selectedIndex < 0) {
        // A fixed step from an address that the list does not have.
        this.#resolution.value = 'custom';
        this.#step.hidden = false;
      }
    }
    this.#stacked.setAttribute('aria-pressed', String(stacked));
    this.#zero.setAttribute('aria-pressed', String(yMin !== null));
  }

  #tab(/** @type {'table'|'graph'} */ name, /** @type {string} */ text) {
    return el(
      'button',
      {
        type: 'button', role: 'tab', id: `${this.#id}-${name}`, 'aria-controls': `${this.#id}-output`,
        onclick: () => this.#state.tab !== name && this.#change({ tab: name }),
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
          const other = name === 'table' ? 'graph' : 'table';
          this.#change({ tab: other });
          this.#tabs[other].focus();
        },
      },
      text,
    );
  }

  #rangeTyped(/** @type {string} */ text) {
    const range = parseDuration(text);
    if (range === null) return 'A duration, such as 90m, 6h or 1d12h';
    this.#change({ range });
    return '';
  }

  #nextRange(/** @type {number} */ direction) {
    const { range } = this.#state;
    const next = direction < 0 ? RANGES.findLast((one) => one < range) : RANGES.find((one) => one > range);
    if (next !== undefined) this.#change({ range: next });
  }

  #endTyped(/** @type {string} */ text) {
    if (text.trim() === '') {
      this.#change({ end: null });
      return '';
    }
    const end = parseTime(text, inUtc());
    if (end === null) return 'A time: 2026-11-20 14:30, RFC 3339, epoch seconds, or now-2h';
    this.#change({ end: Math.round(end / 1000) * 1000 });
    return '';
  }

  #resolutionChosen() {
    const [type, what] = this.#resolution.value.split(' ');
    if (type === 'auto') this.#change({ resolution: { type, density: /** @type {'low'|'medium'|'high'} */ (what) } });
    else if (type === 'fixed') this.#change({ resolution: { type, step: /** @type {number} */ (parseDuration(what)) } });
    else {
      this.#change({ resolution: { type: 'custom', step: stepOf(this.#state) } }, false);
      this.#step.select();
      this.#step.focus();
    }
  }

  #stepTyped(/** @type {string} */ text) {
    const step = parseDuration(text);
    if (step === null) return 'A duration, such as 15s';
    this.#change({ resolution: { type: 'custom', step } });
    return '';
  }

  #busy(/** @type {boolean} */ on) {
    this.node.classList.toggle('busy', on);
    this.#output.setAttribute('aria-busy', String(on));
    this.#execButton.textContent = on ? 'Cancel' : 'Execute';
  }

  /** Warnings and infos in the API's words. @param {import('./api.js').Answer} answer @param {boolean} tooMany */
  #tell({ warnings, infos, skew }, tooMany) {
    const notes = [
      ...warnings.filter((text) => !(tooMany && /truncated due to limit/.test(text))).map((text) => notice('warning', 'Warning', text)),
      ...infos.map((text) => notice('info', 'Info', text)),
    ];
    if (tooMany) {
      notes.unshift(notice('info', `Drawing the first ${MOST_LINES.toLocaleString('en')} series; there are more.`, 'Aggregate with sum by (…), or pick with topk(…), to see what matters.'));
    }
    if (Math.abs(skew) > TOLERATED_SKEW && this.#state.end === null && this.#state.tab === 'graph') {
      const seconds = Math.round(Math.abs(skew) / 1000);
      notes.unshift(notice('warning', `This browser's clock is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the server's.`, 'The graph ends at the browser’s time, so its end may be empty or old.'));
    }
    const rest = notes.length - MOST_NOTES;
    this.#notes.replaceChildren(...notes.slice(0, MOST_NOTES), ...(rest > 0 ? [notice('info', `${rest} more warnings and infos.`)] : []));
  }

  #welcome() {
    this.#closeGraph();
    this.#busy(false);
    this.#stats.textContent = '';
    this.#output.replaceChildren(
      notice(
        'empty',
        'No data queried yet',
        'Type an expression, or start with one of these:',
        el(
          'ul',
          { class: 'examples' },
          ...EXAMPLES.map(([expr, meaning]) =>
            el('li', null, button(expr, () => {
              this.#editor.text = expr;
              this.#execute();
            }, 'example'), el('span', null, meaning)),
          ),
        ),
      ),
    );
  }

  #nothing() {
    this.#closeGraph();
    this.#output.replaceChildren(
      notice(
        'empty',
        'Empty query result',
        'No series matched in this time. Check the spelling of metric and labels (Ctrl+Space lists them), choose another time or a longer range, or see on the Targets page whether the metric is being scraped at all.',
      ),
    );
  }

  /** @param {any[]} result @param {{start: number, end: number, step: number}} grid */
  #draw(result, { start, end, step }) {
    const count = Math.floor((end - start) / step + 1e-6) + 1;
    let histograms = 0;
    const series = [];
    for (const { metric, values, histograms: native } of result.slice(0, MOST_LINES)) {
      if (native) histograms++;
      if (!values) continue;
      const grid = new Float64Array(count).fill(NaN);
      for (const [at, value] of values) {
        const i = Math.round((at * 1000 - start) / step);
        if (i >= 0 && i < count) grid[i] = parseValue(value);
      }
      series.push({ labels: metric, values: grid, color: series.length });
    }
    if (histograms > 0) {
      this.#notes.append(notice('info', `Native histograms in ${histograms} of ${result.length} series: lines cannot show them.`, 'Wrap them in histogram_quantile(0.9, …) or histogram_avg(…).'));
    }
    if (!this.#graph) {
      const box = el('div', { class: 'chart' });
      const list = el('div', { class: 'legend', role: 'group', 'aria-label': 'Series: choose one to isolate it, with Ctrl to add or take away' });
      const chart = new Chart(box, (from, to) => this.#zoomed(from, to));
      const legend = new Legend(list, (visible) => chart.setView({ visible }), (raised) => chart.setView({ raised }));
      this.#graph = { chart, legend, node: el('div', { class: 'graph' }, box, list) };
      this.#output.replaceChildren(this.#graph.node);
    }
    const { chart, legend } = this.#graph;
    legend.set(series);
    chart.setView({ stacked: this.#state.stacked, yMin: this.#state.yMin, visible: () => true, raised: null });
    chart.setData({ start, end, step, series });
  }

  #zoomed(/** @type {number} */ from, /** @type {number} */ to) {
    // Whole seconds, as an address can carry no finer end.
    const start = Math.floor(from / 1000) * 1000;
    const end = Math.max(start + 1000, Math.ceil(to / 1000) * 1000);
    this.#change({ end, range: end - start });
  }

  #closeGraph() {
    this.#graph?.chart.close();
    this.#graph?.legend.close();
    this.#graph = null;
  }
}

/** @param {string} text @param {() => void} onclick @param {string} kind @param {string} [title] */
const button = (text, onclick, kind, title) => el('button', { type: 'button', class: kind, onclick, title, 'aria-label': title }, text);

/** @param {string} name @param {...Node} parts */
const field = (name, ...parts) => el('span', { class: 'field', role: 'group', 'aria-label': name }, ...parts);

const option = (/** @type {string} */ value, /** @type {string} */ text) => el('option', { value }, text);

const group = (/** @type {string} */ label, /** @type {Node[]} */ options) => el('optgroup', { label }, ...options);

/** @param {string} text @param {string} title @param {(on: boolean) => void} onToggle */
function toggle(text, title, onToggle) {
  const node = el('button', { type: 'button', class: 'toggle', 'aria-pressed': 'false', title }, text);
  node.addEventListener('click', () => onToggle(node.getAttribute('aria-pressed') !== 'true'));
  return node;
}

/**
 * A text field that is read on Enter or when left.
 *
 * @param {string} label
 * @param {number} width in characters
 * @param {(text: string) => string} onCommit takes the text, or says what it should have been
 */
function input(label, width, onCommit) {
  const node = /** @type {HTMLInputElement} */ (
    el('input', { type: 'text', 'aria-label': label, title: label, size: width, maxlength: 64, spellcheck: 'false', autocomplete: 'off' })
  );
  node.addEventListener('change', () => {
    const wrong = onCommit(node.value);
    node.setCustomValidity(wrong);
    node.toggleAttribute('aria-invalid', wrong !== '');
    if (wrong) node.reportValidity();
  });
  return node;
}

/** @param {HTMLInputElement} node @param {string} text */
function write(node, text) {
  node.value = text;
  node.setCustomValidity('');
  node.removeAttribute('aria-invalid');
}
