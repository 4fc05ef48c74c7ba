// The list of series below a chart. A click isolates a series, with Ctrl, Cmd or Shift it is taken out or put back.

import { isDark, seriesColor } from './chart.js';
import { sharedLabels } from './format.js';
import { el, onAppearance } from './page.js';
import { seriesElement } from './series.js';

/** @typedef {import('./chart.js').Series} Series */

export class Legend {
  #node;
  /** @type {Series[]} */
  #series = [];
  /** Empty where all are shown. @type {Set<Series>} */
  #only = new Set();
  #onChange;
  #onRaise;
  #forget;

  /**
   * @param {HTMLElement} node
   * @param {(visible: (series: Series) => boolean) => void} onChange
   * @param {(series: Series|null) => void} onRaise a row is pointed at or has the focus
   */
  constructor(node, onChange, onRaise) {
    this.#node = node;
    this.#onChange = onChange;
    this.#onRaise = onRaise;
    const row = (/** @type {Event} */ event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest('button');
      return button ? this.#series[Number(button.dataset.index)] : null;
    };
    node.addEventListener('click', (event) => {
      const series = row(event);
      if (series) this.#toggle(series, event.ctrlKey || event.metaKey || event.shiftKey);
    });
    node.addEventListener('pointerover', (event) => onRaise(this.#raisable(row(event))));
    node.addEventListener('pointerleave', () => onRaise(null));
    node.addEventListener('focusin', (event) => onRaise(this.#raisable(row(event))));
    node.addEventListener('focusout', () => onRaise(null));
    this.#forget = onAppearance(() => this.#paint());
  }

  close() {
    this.#forget();
  }

  /** @param {Series[]} series */
  set(series) {
    this.#series = series;
    this.#only.clear();
    const shared = sharedLabels(series.map(({ labels }) => labels));
    this.#node.replaceChildren(
      ...series.map(({ labels }, index) =>
        el('button', { type: 'button', 'data-index': index, 'aria-pressed': 'true' }, el('i', { class: 'swatch' }), seriesElement(labels, shared)),
      ),
    );
    this.#paint();
  }

  /** @param {Series|null} series */
  #raisable(series) {
    return series && this.#series.length > 1 && this.#visible(series) ? series : null;
  }

  /** @param {Series} series */
  #visible(series) {
    return this.#only.size === 0 || this.#only.has(series);
  }

  /** @param {Series} series @param {boolean} add */
  #toggle(series, add) {
    if (!add) {
      const alone = this.#only.size === 1 && this.#only.has(series);
      this.#only = new Set(alone ? [] : [series]);
    } else if (this.#only.size === 0) {
      this.#only = new Set(this.#series.filter((other) => other !== series));
    } else if (!this.#only.delete(series)) {
      this.#only.add(series);
    }
    if (this.#only.size === this.#series.length) this.#only.clear();
    this.#paint();
    this.#onRaise(null);
    const only = new Set(this.#only);
    this.#onChange((one) => only.size === 0 || only.has(one));
  }

  #paint() {
    const dark = isDark();
    this.#series.forEach((series, i) => {
      const button = /** @type {HTMLElement} */ (this.#node.children[i]);
      const shown = this.#visible(series);
      button.setAttribute('aria-pressed', String(shown));
      /** @type {HTMLElement} */ (button.firstElementChild).style.background = shown ? seriesColor(series.color, dark) : '';
    });
  }
}
