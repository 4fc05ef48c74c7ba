package io.narthex.web.debug;

import io.narthex.api.web.WebResponse;

/** What all answers have in common. */
final class Answers {
  static final String TEXT = "text/plain; charset=utf-8";

  private Answers() {}

  /** Nobody keeps what is true at this moment alone, and nobody takes it for a page. */
  static WebResponse secure(WebResponse response) {
    return response.header("Cache-Control", "no-store").header("X-Content-Type-Options", "nosniff");
  }
}
