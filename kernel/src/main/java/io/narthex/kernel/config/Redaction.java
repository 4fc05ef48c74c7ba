package io.narthex.kernel.config;

import java.util.regex.Pattern;

/** Hides passwords in URLs, as Go's {@code URL.Redacted} does. */
final class Redaction {
  private static final Pattern PASSWORD =
      Pattern.compile("(\\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\\s/?#@:]*):[^\\s/?#]*@");

  private Redaction() {}

  /** The text with {@code xxxxx} in place of each password. */
  static String of(String text) {
    return text.contains("://") ? PASSWORD.matcher(text).replaceAll("$1:xxxxx@") : text;
  }
}
