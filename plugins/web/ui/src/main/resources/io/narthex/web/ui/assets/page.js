// What every page shares: the two settings in the top bar, element building, and notices.

/** @param {string} key @param {string} fallback */
function stored(key, fallback) {
  try {
    return localStorage.getItem(`narthex.${key}`) ?? fallback;
  } catch {
    return fallback; // storage is blocked: settings last as long as the page
  }
}

/** @param {string} key @param {string} value */
function store(key, value) {
  try {
    localStorage.setItem(`narthex.${key}`, value);
  } catch {
    // storage is blocked or full: not worth a message
  }
}

export const storage = { get: stored, set: store };

let utc = stored('zone', 'utc') === 'utc';

/** True where times are shown and read in UTC, false for the browser's zone. */
export const inUtc = () => utc;

/**
 * Calls `listener` whenever theme or time zone change, that is, when what is drawn must be drawn again.
 *
 * @param {() => void} listener
 * @returns {() => void} ends that
 */
export function onAppearance(listener) {
  document.addEventListener('narthex:theme', listener);
  document.addEventListener('narthex:zone', listener);
  return () => {
    document.removeEventListener('narthex:theme', listener);
    document.removeEventListener('narthex:zone', listener);
  };
}

/**
 * Builds an element. Strings become text nodes, never markup, so reflected content is harmless by construction.
 * Properties that start with `on` are listeners, `class` is the class name, `null` and `false` are left out.
 *
 * @param {string} tag
 * @param {Record<string, unknown>|null} [properties]
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function el(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === 'class') node.className = String(value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/**
 * A message in place: what happened, in the API's words, and what to do about it.
 *
 * @param {'error'|'warning'|'info'|'empty'} kind
 * @param {string} title
 * @param {...(Node|string|null)} details
 */
export function notice(kind, title, ...details) {
  return el(
    'div',
    { class: `note ${kind}`, role: kind === 'error' ? 'alert' : null },
    el('strong', null, title),
    ...details.map((detail) => (typeof detail === 'string' ? el('p', null, detail) : detail)),
  );
}

/** Says of a thrown error what the user can act on. @param {Error} error */
export function failure(error) {
  return notice('error', /** @type {any} */ (error).title ?? 'Unexpected error', error.message);
}

const zoneButton = /** @type {HTMLButtonElement} */ (document.getElementById('zone'));
const themeButton = /** @type {HTMLButtonElement} */ (document.getElementById('theme'));

function label() {
  zoneButton.textContent = utc ? 'UTC' : 'Local time';
  zoneButton.setAttribute('aria-label', `Time zone: ${utc ? 'UTC' : 'local'}. Change`);
  const theme = stored('theme', 'auto');
  themeButton.textContent = { light: 'Light', dark: 'Dark' }[theme] ?? 'Auto';
  themeButton.setAttribute('aria-label', `Theme: ${theme}. Change`);
}

zoneButton.addEventListener('click', () => {
  utc = !utc;
  store('zone', utc ? 'utc' : 'local');
  label();
  document.dispatchEvent(new Event('narthex:zone'));
});

themeButton.addEventListener('click', () => {
  const now = stored('theme', 'auto');
  store('theme', now === 'auto' ? 'light' : now === 'light' ? 'dark' : 'auto');
  label();
  document.dispatchEvent(new Event('narthex:apply-theme'));
});

label();
