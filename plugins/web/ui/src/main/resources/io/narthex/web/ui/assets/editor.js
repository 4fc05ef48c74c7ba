// The expression box: a text area over a coloured copy of its text. The copy also gives the box its height,
// so it grows with the text without measuring.

import { Completer } from './complete.js';
import { el } from './page.js';
import { tokens } from './promql.js';

export class Editor {
  #area = /** @type {HTMLTextAreaElement} */ (
    el('textarea', {
      rows: 1, spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', autocorrect: 'off',
      'aria-label': 'Expression',
      placeholder: 'Expression (Enter runs, Shift+Enter breaks the line, ↓ shows recent ones)',
    })
  );
  #mirror = el('pre', { 'aria-hidden': 'true' });
  #completer;
  /** @type {number|null} */
  #wrongAt = null;

  /** @param {() => void} onRun Enter was pressed */
  constructor(onRun) {
    this.node = el('div', { class: 'editor' }, this.#mirror, this.#area);
    this.#completer = new Completer(this.#area, this.#mirror);
    this.#area.addEventListener('input', () => {
      this.#wrongAt = null;
      this.#paint();
      this.#completer.suggest(false);
    });
    this.#area.addEventListener('click', () => this.#completer.close());
    this.#area.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      if (this.#completer.key(event)) {
        event.preventDefault();
      } else if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        onRun();
      } else if (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End') {
        this.#completer.close();
      }
    });
    this.#paint();
  }

  get text() {
    return this.#area.value;
  }

  set text(text) {
    this.#area.value = text;
    this.#wrongAt = null;
    this.#completer.close();
    this.#paint();
  }

  focus() {
    this.#area.focus();
    this.#area.setSelectionRange(this.text.length, this.text.length);
  }

  closeList() {
    this.#completer.close();
  }

  /** Underlines where the server found the error, by the `line:column` that begins its message. @param {string} message */
  markError(message) {
    const match = /(?:^|\s)(\d+):(\d+): /.exec(message);
    if (!match) return;
    const lines = this.text.split('\n').slice(0, Number(match[1]) - 1);
    this.#wrongAt = lines.reduce((sum, line) => sum + line.length + 1, 0) + Number(match[2]) - 1;
    this.#paint();
  }

  #paint() {
    const wrong = this.#wrongAt;
    const spans = tokens(this.text).map(({ type, text, at }) => {
      const here = wrong !== null && at <= wrong && wrong < at + text.length;
      return type === 'space' && !here ? text : el('span', { class: here ? `${type} wrong` : type }, text);
    });
    // Something after the text keeps a last empty line open, and carries the mark of an unexpected end.
    const end = wrong !== null && wrong >= this.text.length ? el('span', { class: 'wrong' }, '\u00a0') : '\u200b';
    this.#mirror.replaceChildren(...spans, end);
  }
}
