// The server's HTTP API. Its address is relative to the page's, and all pages stand at the top: any route prefix works.

const api = new URL('api/v1/', document.baseURI);
// Browsers fetch no address with a password in it; they send the one of the page by themselves.
api.username = '';
api.password = '';

/** Above this length an expression goes in a POST body: proxies cut long addresses. */
const LONGEST_GET = 2000;

/** An answer that is no success: what the API said, or why there was none. */
export class ApiError extends Error {
  /** @param {string} title @param {string} message @param {string} [type] the API's errorType */
  constructor(title, message, type) {
    super(message);
    this.title = title;
    this.type = type;
  }
}

/**
 * @typedef {{data: any, warnings: string[], infos: string[], millis: number, skew: number}} Answer
 *   `millis` the time from asking to having read the answer, `skew` by how much this browser's clock is ahead of
 *   the server's (0 where the server does not say)
 */

/**
 * Asks the API.
 *
 * @param {string} path below `api/v1/`
 * @param {Record<string, string|number|string[]|null|undefined>} [parameters]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 * @throws {ApiError} with the server's own message where it gave one; an AbortError where `signal` fired
 */
export async function ask(path, parameters = {}, signal) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const url = new URL(path, api);
  /** @type {RequestInit} */
  const request = { signal, headers: { Accept: 'application/json' }, credentials: 'same-origin' };
  if (String(query).length > LONGEST_GET) {
    request.method = 'POST';
    request.body = query;
  } else {
    url.search = String(query);
  }
  const started = performance.now();
  let response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'AbortError') throw error;
    throw new ApiError(
      'Server unreachable',
      `No answer from ${api.origin}. Check that the server is running and that nothing between it and this browser is down; then run the query again.`,
    );
  }
  let body;
  try {
    body = await response.json();
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'AbortError') throw error;
    const type = response.headers.get('Content-Type') ?? 'no content type';
    throw new ApiError('Answer not understood', `cannot read ${path}: got HTTP ${response.status} with ${type}, want JSON`);
  }
  if (body?.status !== 'success') {
    const type = body?.errorType;
    throw new ApiError(
      type ? `Error: ${type}` : `Error: HTTP ${response.status}`,
      body?.error ?? `cannot read ${path}: the server gave no reason`,
      type,
    );
  }
  return {
    data: body.data,
    warnings: body.warnings ?? [],
    infos: body.infos ?? [],
    millis: performance.now() - started,
    skew: Date.now() - (Date.parse(response.headers.get('Date') ?? '') || Date.now()),
  };
}
