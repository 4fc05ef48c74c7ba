// Finding what was meant among very many names.

/** @typedef {{text: string, lower: string}} Named `lower` is the text in lower case */

/**
 * The best matches first: the beginning, then the beginning of a part, then anywhere; where there is none of these,
 * those that have the letters in this order. Among equals the order of the list stays.
 *
 * @param {Named[]} all
 * @param {string} typed
 * @param {number} most
 */
export function rank(all, typed, most) {
  const wanted = typed.toLowerCase();
  /** @type {Named[][]} */
  const found = [[], [], [], []];
  for (const named of all) {
    const at = named.lower.indexOf(wanted);
    if (at === 0) found[0].push(named);
    else if (at > 0) found[/[_:./-]/.test(named.lower[at - 1]) ? 1 : 2].push(named);
    else if (wanted.length > 2 && found[3].length < most && inOrder(named.lower, wanted)) found[3].push(named);
    if (found[0].length === most) break;
  }
  const close = [...found[0], ...found[1], ...found[2]];
  return (close.length > 0 ? close : found[3]).slice(0, most);
}

/** @param {string} text @param {string} letters */
function inOrder(text, letters) {
  let at = -1;
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}
