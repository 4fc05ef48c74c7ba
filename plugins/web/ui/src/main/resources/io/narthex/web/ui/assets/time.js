// Instants are milliseconds since the epoch, durations milliseconds. Text is Prometheus's.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const YEAR = 365 * DAY;

const UNITS = /** @type {const} */ ([
  ['y', YEAR],
  ['w', WEEK],
  ['d', DAY],
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
  ['ms', 1],
]);

/**
 * Reads a Prometheus duration (`1h30m`, largest unit first); a plain number is seconds.
 *
 * @param {string} text
 * @returns {number|null} null where the text is no duration, or zero
 */
export function parseDuration(text) {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * SECOND || null;
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(trimmed);
  if (!match) return null;
  return UNITS.reduce((sum, [, millis], i) => sum + Number(match[i + 1] ?? 0) * millis, 0) || null;
}

/** Writes a Prometheus duration: years and weeks only where they come out even. @param {number} millis */
export function formatDuration(millis) {
  let rest = Math.round(millis);
  if (rest <= 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS) {
    if ((unit === 'y' || unit === 'w') && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += count + unit;
    rest -= count * size;
  }
  return text;
}

const two = (/** @type {number} */ n) => String(n).padStart(2, '0');

/** The calendar fields of an instant, months from 1. @param {number} instant @param {boolean} utc */
export function fields(instant, utc) {
  const d = new Date(instant);
  return utc
    ? { y: d.getUTCFullYear(), mo: d.getUTCMonth() + 1, d: d.getUTCDate(), h: d.getUTCHours(), mi: d.getUTCMinutes(), s: d.getUTCSeconds(), ms: d.getUTCMilliseconds() }
    : { y: d.getFullYear(), mo: d.getMonth() + 1, d: d.getDate(), h: d.getHours(), mi: d.getMinutes(), s: d.getSeconds(), ms: d.getMilliseconds() };
}

/** @param {number} instant @param {boolean} utc */
export function formatDate(instant, utc) {
  const f = fields(instant, utc);
  return `${f.y}-${two(f.mo)}-${two(f.d)}`;
}

/** @param {number} instant @param {boolean} utc @param {number} [precision] ms below which finer parts are written */
export function formatClock(instant, utc, precision = SECOND) {
  const f = fields(instant, utc);
  return (
    `${two(f.h)}:${two(f.mi)}` +
    (precision < MINUTE ? `:${two(f.s)}` : '') +
    (precision < SECOND ? `.${String(f.ms).padStart(3, '0')}` : '')
  );
}

/** `2026-11-20 14:30:05`, with milliseconds only where there are any. @param {number} instant @param {boolean} utc */
export function formatTime(instant, utc) {
  return `${formatDate(instant, utc)} ${formatClock(instant, utc, instant % SECOND === 0 ? SECOND : 1)}`;
}

/**
 * Reads an instant: `2026-11-20`, `2026-11-20 14:30[:05]`, RFC 3339 with its own zone, epoch seconds, `now`, `now-2h`.
 *
 * @param {string} text
 * @param {boolean} utc zone of a text that names none
 * @returns {number|null}
 */
export function parseTime(text, utc) {
  const trimmed = text.trim();
  const relative = /^now(?:\s*([+-])\s*(\S+))?$/i.exec(trimmed);
  if (relative) {
    const offset = relative[2] ? parseDuration(relative[2]) : 0;
    return offset === null ? null : Date.now() + (relative[1] === '-' ? -offset : offset);
  }
  if (/^\d{9,}(\.\d+)?$/.test(trimmed)) return Number(trimmed) * SECOND;
  const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?$/.exec(trimmed);
  if (parts) {
    const [y, mo, d, h, mi, s] = parts.slice(1, 7).map((part) => Number(part ?? 0));
    const ms = Math.round(Number(parts[7] ?? 0) * SECOND);
    const instant = utc ? Date.UTC(y, mo - 1, d, h, mi, s, ms) : new Date(y, mo - 1, d, h, mi, s, ms).getTime();
    return Number.isNaN(instant) ? null : instant;
  }
  if (!/^\d{4}-\d{2}-\d{2}T/.test(trimmed)) return null;
  const instant = Date.parse(trimmed);
  return Number.isNaN(instant) ? null : instant;
}

/** "3.2s ago". @param {number} instant @param {number} now */
export function ago(instant, now) {
  const past = Math.max(0, now - instant);
  return past < MINUTE ? `${(past / SECOND).toFixed(1)}s ago` : `${formatDuration(Math.floor(past / SECOND) * SECOND)} ago`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 4, 7, 14].map((n) => n * DAY),
];

/**
 * Instants for the marks of a time axis, on round calendar values of the zone shown.
 *
 * @param {number} start
 * @param {number} end
 * @param {number} most
 * @param {boolean} utc
 * @returns {{at: number, text: string, second: string}[]} `second` is the row below: the date where it changes
 */
export function timeTicks(start, end, most, utc) {
  const least = (end - start) / Math.max(1, most);
  const step = STEPS.find((candidate) => candidate >= least);
  /** @type {number[]} */
  const instants = [];
  if (step !== undefined && step < DAY) {
    const zone = utc ? 0 : -new Date(start).getTimezoneOffset() * MINUTE;
    for (let t = Math.ceil((start + zone) / step) * step - zone; t <= end; t += step) instants.push(t);
  } else {
    // Days and months are stepped by the calendar: with a change of summer time a day is not 24 hours.
    const months = step === undefined ? ([1, 2, 3, 6, 12, 24, 60, 120].find((n) => n * 30 * DAY >= least) ?? 240) : 0;
    const days = Math.round((step ?? 0) / DAY);
    const f = fields(start, utc);
    const at = (/** @type {number} */ y, /** @type {number} */ mo, /** @type {number} */ d) =>
      utc ? Date.UTC(y, mo, d) : new Date(y, mo, d).getTime();
    for (let i = 0, t = 0; t <= end && i < 4000; i++) {
      t = months ? at(f.y, Math.floor((f.mo - 1) / months) * months + i * months, 1) : at(f.y, f.mo - 1, f.d + i * days);
      if (t >= start && t <= end) instants.push(t);
    }
  }
  let previous = '';
  return instants.map((t) => {
    const f = fields(t, utc);
    const day = step === undefined || step >= DAY;
    const text = !day ? formatClock(t, utc, step) : step === undefined ? MONTHS[f.mo - 1] : `${MONTHS[f.mo - 1]} ${f.d}`;
    const row = day ? String(f.y) : formatDate(t, utc);
    const second = row === previous ? '' : row;
    previous = row;
    return { at: t, text, second };
  });
}
