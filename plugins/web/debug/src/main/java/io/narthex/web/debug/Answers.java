package io.narthex.web.debug;

import io.narthex.api.web.HttpError;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;

/** What all answers have in common. */
final class Answers {
  static final String TEXT = "text/plain; charset=utf-8";

  private Answers() {}

  /**
   * Refuses what a page of another site has a browser ask for, as the address of a picture say: the
   * page could not read it, but everybody here would wait for it. Who follows a link gets in, and
   * so does who is no browser.
   *
   * @throws HttpError 403
   */
  static void refuseOtherSites(WebRequest request) throws HttpError {
    String site = request.header("Sec-Fetch-Site").orElse("");
    boolean foreign = site.equals("cross-site") || site.equals("same-site");
    if (foreign && !request.header("Sec-Fetch-User").orElse("").equals("?1")) {
      throw new HttpError(
          403, "cross-origin request refused: pages of other sites must not cost this one time");
    }
  }

  /** Nobody keeps what is true at this moment alone, and nobody takes it for a page. */
  static WebResponse secure(WebResponse response) {
    return response.header("Cache-Control", "no-store").header("X-Content-Type-Options", "nosniff");
  }
}
