// A line chart of many series on one grid of steps, drawn on three canvases: axes, lines, and what follows the
// pointer, so that moving the pointer never draws the lines again. Lines are drawn in slices of a frame: a
// thousand series of a thousand steps appear over a few frames while the page stays alive.

import { formatValue } from './format.js';
import { el, onAppearance, inUtc } from './page.js';
import { formatTick, valueRange, valueTicks } from './scale.js';
import { formatTime, timeTicks } from './time.js';

/**
 * @typedef {object} Series
 * @property {Record<string, string>} labels
 * @property {Float64Array} values one a step; NaN where there is no sample, and for a sample that is NaN
 * @property {number} color index for `seriesColor`
 *
 * @typedef {object} ChartData instants and lengths in milliseconds; step i is at start + i·step
 * @property {number} start
 * @property {number} end
 * @property {number} step
 * @property {Series[]} series
 *
 * @typedef {object} ChartView
 * @property {boolean} stacked
 * @property {number|null} yMin
 * @property {(series: Series) => boolean} visible
 * @property {Series|null} raised drawn above all others, which are set back
 */

const POINTS_A_FRAME = 50_000;
const SMALLEST_DRAG = 6;
const MOST_LABELS_IN_TIP = 24;

/** Hues in an order that keeps neighbours apart. The eleventh series has the first hue again, lighter or darker. */
const HUES = [255, 45, 150, 310, 85, 200, 20, 280, 120, 345];

/** @param {number} index @param {boolean} dark */
export function seriesColor(index, dark) {
  const round = Math.floor(index / HUES.length) % 3;
  const light = dark ? [0.76, 0.62, 0.88][round] : [0.56, 0.7, 0.42][round];
  return `oklch(${light} ${round === 2 ? 0.1 : 0.16} ${HUES[index % HUES.length]})`;
}

export const isDark = () => document.documentElement.dataset.theme === 'dark';

export class Chart {
  #box;
  #axes = /** @type {HTMLCanvasElement} */ (el('canvas', { 'aria-hidden': 'true' }));
  #lines = /** @type {HTMLCanvasElement} */ (el('canvas', { 'aria-hidden': 'true' }));
  #over = /** @type {HTMLCanvasElement} */ (
    el('canvas', { class: 'over', tabindex: '0', role: 'application', 'aria-label': 'Graph. Left and right arrows move along time, up and down between series.' })
  );
  #tip = el('div', { class: 'tip', hidden: true, 'aria-live': 'polite' });
  /** @type {ChartData} */
  #data = { start: 0, end: 1, step: 1, series: [] };
  /** @type {ChartView} */
  #view = { stacked: false, yMin: null, visible: () => true, raised: null };
  /** @type {{series: Series, top: Float64Array, base: Float64Array|null}[]} */
  #shown = [];
  #plot = { left: 0, top: 0, width: 1, height: 1 };
  #low = 0;
  #high = 1;
  #frame = 0;
  /** @type {{step: number, y: number}|null} */
  #pointer = null;
  /** @type {number|null} */
  #dragFrom = null;
  #dragTo = 0;
  /** @type {Series|null} */
  #nearest = null;
  #onZoom;
  #observer;
  #forget;

  /**
   * @param {HTMLElement} box filled by the chart
   * @param {(start: number, end: number) => void} onZoom a stretch of time was chosen by dragging
   */
  constructor(box, onZoom) {
    this.#onZoom = onZoom;
    // The plot can be pulled taller, so it cuts off what sticks out; the tool tip stands beside it, and may.
    this.#box = el('div', { class: 'plot' }, this.#axes, this.#lines, this.#over);
    box.replaceChildren(this.#box, this.#tip);
    this.#observer = new ResizeObserver(() => this.#draw());
    this.#observer.observe(this.#box);
    this.#forget = onAppearance(() => this.#draw());
    this.#listen();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#forget();
  }

  /** @param {ChartData} data */
  setData(data) {
    this.#data = data;
    this.#pointer = null;
    this.#arrange();
    this.#draw();
  }

  /** @param {Partial<ChartView>} view */
  setView(view) {
    const onlyRaised = Object.keys(view).every((key) => key === 'raised');
    Object.assign(this.#view, view);
    if (!onlyRaised) {
      this.#arrange();
      this.#draw();
    } else {
      this.#drawOver();
    }
  }

  /** Works out what is to be drawn, stacked where asked, and the ends of the value axis. */
  #arrange() {
    const visible = this.#data.series.filter(this.#view.visible);
    if (!this.#view.stacked) {
      this.#shown = visible.map((series) => ({ series, top: series.values, base: null }));
    } else {
      // Positive and negative values pile up on their own sides of zero; a missing step adds nothing.
      const length = visible[0]?.values.length ?? 0;
      const sums = [new Float64Array(length), new Float64Array(length)];
      this.#shown = visible.map((series) => {
        const top = new Float64Array(length);
        const base = new Float64Array(length);
        for (let i = 0; i < length; i++) {
          const value = series.values[i];
          const sum = sums[value < 0 ? 1 : 0];
          base[i] = sum[i];
          top[i] = Number.isFinite(value) ? (sum[i] += value) : NaN;
        }
        return { series, top, base };
      });
    }
    let min = Infinity;
    let max = -Infinity;
    for (const { top, base } of this.#shown) {
      for (let i = 0; i < top.length; i++) {
        const value = top[i];
        if (value < min && value !== -Infinity) min = value;
        if (value > max && value !== Infinity) max = value;
        if (base && base[i] < min) min = base[i];
      }
    }
    if (this.#view.stacked && min > 0) min = 0;
    [this.#low, this.#high] = valueRange(min, max, this.#view.yMin);
  }

  /** @param {number} instant */
  #x(instant) {
    return this.#plot.left + ((instant - this.#data.start) / (this.#data.end - this.#data.start)) * this.#plot.width;
  }

  /** @param {number} value */
  #y(value) {
    return this.#plot.top + (1 - (value - this.#low) / (this.#high - this.#low)) * this.#plot.height;
  }

  /** @param {HTMLCanvasElement} canvas */
  #context(canvas) {
    const { clientWidth: width, clientHeight: height } = this.#box;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return { context, width, height };
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    if (this.#box.clientWidth === 0) return; // not on the page, or hidden
    this.#drawAxes();
    const { context } = this.#context(this.#lines);
    const dark = isDark();
    let next = 0;
    const slice = () => {
      const started = performance.now();
      let points = 0;
      context.save();
      this.#clip(context);
      while (next < this.#shown.length && points < POINTS_A_FRAME && performance.now() - started < 12) {
        const shown = this.#shown[next++];
        points += shown.top.length;
        this.#line(context, shown, seriesColor(shown.series.color, dark), this.#shown.length > 100 ? 1 : 1.5);
      }
      context.restore();
      if (next < this.#shown.length) this.#frame = requestAnimationFrame(slice);
    };
    slice();
    this.#drawOver();
  }

  /** Grid, marks and their texts. The widest text decides where the plot begins. */
  #drawAxes() {
    const { context, width, height } = this.#context(this.#axes);
    const style = getComputedStyle(this.#box);
    const ink = style.getPropertyValue('--muted');
    const grid = style.getPropertyValue('--grid');
    const axis = style.getPropertyValue('--axis');
    context.font = `${style.fontSize} ${style.fontFamily}`;
    context.textBaseline = 'middle';

    const top = 10;
    const plotHeight = Math.max(20, height - top - 38);
    const { step, ticks } = valueTicks(this.#low, this.#high, plotHeight / 44);
    const texts = ticks.map((tick) => formatTick(tick, step));
    const left = Math.ceil(Math.max(40, ...texts.map((text) => context.measureText(text).width + 16)));
    const right = width - 14;
    const bottom = top + plotHeight;
    this.#plot = { left, top, width: Math.max(20, right - left), height: plotHeight };

    context.lineWidth = 1;
    context.fillStyle = ink;
    context.textAlign = 'right';
    ticks.forEach((tick, i) => {
      const y = Math.round(this.#y(tick)) + 0.5;
      context.strokeStyle = tick === 0 ? axis : grid;
      line(context, left, y, right, y);
      context.fillText(texts[i], left - 8, y);
    });
    context.textAlign = 'center';
    context.strokeStyle = grid;
    for (const tick of timeTicks(this.#data.start, this.#data.end, this.#plot.width / 90, inUtc())) {
      const x = Math.round(this.#x(tick.at)) + 0.5;
      line(context, x, top, x, bottom + 4);
      const fits = (/** @type {string} */ text) => x + context.measureText(text).width / 2 <= width;
      if (fits(tick.text)) context.fillText(tick.text, x, bottom + 14);
      if (tick.second && fits(tick.second)) context.fillText(tick.second, x, bottom + 29);
    }
    context.strokeStyle = axis;
    line(context, left, bottom + 0.5, right, bottom + 0.5);
  }

  /** @param {CanvasRenderingContext2D} context */
  #clip(context) {
    const { left, top, width, height } = this.#plot;
    context.beginPath();
    context.rect(left - 2, top - 2, width + 4, height + 4);
    context.clip();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{top: Float64Array, base: Float64Array|null}} shown
   * @param {string} color
   * @param {number} width
   */
  #line(context, { top, base }, color, width) {
    const { start, step } = this.#data;
    const count = top.length;
    context.strokeStyle = color;
    context.fillStyle = color;
    context.lineWidth = width;
    context.lineJoin = width > 1 ? 'round' : 'bevel';
    if (base) {
      context.globalAlpha = 0.28;
      for (let i = 0; i < count; i++) {
        if (!Number.isFinite(top[i])) continue;
        const from = i;
        while (i + 1 < count && Number.isFinite(top[i + 1])) i++;
        context.beginPath();
        for (let j = from; j <= i; j++) context.lineTo(this.#x(start + j * step), this.#y(top[j]));
        for (let j = i; j >= from; j--) context.lineTo(this.#x(start + j * step), this.#y(base[j]));
        context.fill();
      }
      context.globalAlpha = 1;
    }
    // Where several steps share a pixel column, its lowest and highest value say all that can be seen.
    const dense = count > 2 * this.#plot.width;
    context.beginPath();
    let pen = false;
    for (let i = 0; i < count; i++) {
      const value = top[i];
      if (!Number.isFinite(value)) {
        pen = false;
        if (value === Infinity || value === -Infinity) this.#infinite(context, start + i * step, value > 0);
        continue;
      }
      const x = this.#x(start + i * step);
      const y = this.#y(value);
      if (!pen && !Number.isFinite(top[i + 1] ?? NaN)) {
        context.fillRect(x - 1.5, y - 1.5, 3, 3); // alone between two gaps
        continue;
      }
      if (pen) context.lineTo(x, y);
      else context.moveTo(x, y);
      pen = true;
      if (dense) {
        let min = value;
        let max = value;
        while (i + 1 < count && this.#x(start + (i + 1) * step) < x + 1 && Number.isFinite(top[i + 1])) {
          const more = top[++i];
          if (more < min) min = more;
          if (more > max) max = more;
        }
        if (min !== max) {
          context.lineTo(x, this.#y(min));
          context.lineTo(x, this.#y(max));
          context.lineTo(x, this.#y(top[i]));
        }
      }
    }
    context.stroke();
  }

  /**
   * A small arrow at the edge: the sample is there, its value is off any axis.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} instant
   * @param {boolean} up
   */
  #infinite(context, instant, up) {
    const x = this.#x(instant);
    const edge = up ? this.#plot.top : this.#plot.top + this.#plot.height;
    const inward = up ? 5 : -5;
    const path = new Path2D();
    path.moveTo(x, edge);
    path.lineTo(x - 3, edge + inward);
    path.lineTo(x + 3, edge + inward);
    context.fill(path);
  }

  /** What follows the pointer: the cursor, the nearest sample, a series that is raised, the stretch being chosen. */
  #drawOver() {
    const { context } = this.#context(this.#over);
    const style = getComputedStyle(this.#box);
    const { left, top, width, height } = this.#plot;
    if (this.#dragFrom !== null) {
      context.fillStyle = style.getPropertyValue('--choice');
      context.fillRect(Math.min(this.#dragFrom, this.#dragTo), top, Math.abs(this.#dragTo - this.#dragFrom), height);
    }
    const hit = this.#pointer && this.#dragFrom === null ? this.#hit(this.#pointer) : null;
    this.#nearest = hit?.shown.series ?? null;
    const raised = this.#view.raised ?? (this.#shown.length > 1 ? this.#nearest : null);
    this.#lines.classList.toggle('back', this.#view.raised !== null);
    const shown = raised && this.#shown.find(({ series }) => series === raised);
    if (shown) {
      context.save();
      this.#clip(context);
      this.#line(context, { top: shown.top, base: this.#view.raised ? shown.base : null }, seriesColor(shown.series.color, isDark()), 2.5);
      context.restore();
    }
    if (this.#pointer && this.#dragFrom === null) {
      const x = this.#x(this.#data.start + this.#pointer.step * this.#data.step);
      context.strokeStyle = style.getPropertyValue('--cursor');
      context.lineWidth = 1;
      context.setLineDash([3, 3]);
      line(context, Math.round(x) + 0.5, top, Math.round(x) + 0.5, top + height);
      context.setLineDash([]);
    }
    if (!hit) {
      this.#tip.hidden = true;
      return;
    }
    context.fillStyle = seriesColor(hit.shown.series.color, isDark());
    context.strokeStyle = style.getPropertyValue('--surface');
    context.lineWidth = 2;
    context.beginPath();
    context.arc(hit.x, hit.y, 4.5, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    this.#tell(hit);
  }

  /** The sample nearest to a place, in the pointer's step. @param {{step: number, y: number}} place */
  #hit({ step, y }) {
    let best = null;
    let distance = Infinity;
    for (const shown of this.#shown) {
      const value = shown.series.values[step];
      if (Number.isNaN(value) || value === undefined) continue;
      const at = this.#view.stacked && Number.isFinite(value) ? shown.top[step] : value;
      const sampleY = Math.max(this.#plot.top, Math.min(this.#plot.top + this.#plot.height, this.#y(at)));
      if (Math.abs(sampleY - y) < distance) {
        distance = Math.abs(sampleY - y);
        best = { shown, value, y: sampleY, x: this.#x(this.#data.start + step * this.#data.step), instant: this.#data.start + step * this.#data.step };
      }
    }
    return best;
  }

  /**
   * Fills and places the tool tip.
   *
   * @param {{shown: {series: Series}, value: number, instant: number, x: number, y: number}} hit
   */
  #tell({ shown, value, instant, x, y }) {
    const { labels, color } = shown.series;
    const swatch = el('i', { class: 'swatch' });
    swatch.style.background = seriesColor(color, isDark());
    const pairs = Object.entries(labels).filter(([key]) => key !== '__name__');
    const list = el('dl', null);
    for (const [key, text] of pairs.slice(0, MOST_LABELS_IN_TIP)) list.append(el('dt', null, key), el('dd', null, text));
    if (pairs.length > MOST_LABELS_IN_TIP) list.append(el('dt', null, '…'), el('dd', null, `${pairs.length - MOST_LABELS_IN_TIP} more`));
    const precision = this.#data.step < 1000 ? 1 : 1000;
    this.#tip.replaceChildren(
      el('div', { class: 'when' }, formatTime(Math.round(instant / precision) * precision, inUtc()), inUtc() ? ' UTC' : ''),
      el('div', { class: 'what' }, swatch, el('b', null, formatValue(value)), labels.__name__ ? ` ${labels.__name__}` : ''),
      pairs.length > 0 ? list : '',
    );
    this.#tip.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const tipX = x + 14 + width > this.#box.clientWidth ? x - 14 - width : x + 14;
    const tipY = Math.max(0, Math.min(this.#box.clientHeight - height, y - height / 2));
    this.#tip.style.transform = `translate(${Math.round(Math.max(0, tipX))}px, ${Math.round(tipY)}px)`;
  }

  #listen() {
    const over = this.#over;
    const place = (/** @type {PointerEvent} */ event) => {
      const { left, top } = over.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const inPlot = (/** @type {number} */ x) => Math.max(this.#plot.left, Math.min(this.#plot.left + this.#plot.width, x));
    const instant = (/** @type {number} */ x) =>
      this.#data.start + ((x - this.#plot.left) / this.#plot.width) * (this.#data.end - this.#data.start);
    const last = () => Math.floor((this.#data.end - this.#data.start) / this.#data.step);

    over.addEventListener('pointermove', (event) => {
      const { x, y } = place(event);
      if (this.#dragFrom !== null) this.#dragTo = inPlot(x);
      const step = Math.round((instant(inPlot(x)) - this.#data.start) / this.#data.step);
      this.#pointer = { step: Math.max(0, Math.min(last(), step)), y };
      this.#drawOver();
    });
    over.addEventListener('pointerleave', () => {
      this.#pointer = null;
      this.#drawOver();
    });
    over.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      over.setPointerCapture(event.pointerId);
      this.#dragFrom = this.#dragTo = inPlot(place(event).x);
    });
    over.addEventListener('pointerup', () => {
      if (this.#dragFrom === null) return;
      const [from, to] = [Math.min(this.#dragFrom, this.#dragTo), Math.max(this.#dragFrom, this.#dragTo)];
      this.#dragFrom = null;
      this.#drawOver();
      if (to - from >= SMALLEST_DRAG) this.#onZoom(instant(from), instant(to));
    });
    const cancel = () => {
      this.#dragFrom = null;
      this.#drawOver();
    };
    over.addEventListener('pointercancel', cancel);
    over.addEventListener('blur', () => {
      this.#pointer = null;
      cancel();
    });
    over.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        this.#pointer = null;
        return cancel();
      }
      const along = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
      const pointer = this.#pointer ?? { step: last(), y: this.#plot.top };
      if (along !== undefined) {
        // Stay with the series in hand while walking along time.
        const shown = this.#shown.find(({ series }) => series === this.#nearest);
        const step = Math.max(0, Math.min(last(), pointer.step + along));
        const value = shown?.top[step] ?? NaN;
        this.#pointer = { step, y: Number.isFinite(value) ? this.#y(value) : pointer.y };
      } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        this.#pointer = { step: pointer.step, y: this.#neighbour(pointer.step, event.key === 'ArrowUp') };
      } else {
        return;
      }
      event.preventDefault();
      this.#drawOver();
    });
  }

  /** Height of the next sample above or below the one in hand. @param {number} step @param {boolean} above */
  #neighbour(step, above) {
    const heights = this.#shown
      .map(({ top }) => this.#y(top[step]))
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    const hit = this.#pointer && this.#hit(this.#pointer);
    const now = hit ? hit.y : above ? Infinity : -Infinity;
    return (above ? heights.findLast((y) => y < now - 0.01) : heights.find((y) => y > now + 0.01)) ?? now;
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

