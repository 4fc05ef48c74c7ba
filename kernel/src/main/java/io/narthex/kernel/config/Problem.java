package io.narthex.kernel.config;

import java.util.Objects;

/**
 * One thing that is wrong with a configuration.
 *
 * @param mark where
 * @param path the key path, such as {@code scrape_configs[0].job_name}; empty for the whole
 * @param message what is wrong, and what would be right; never holds a secret's value
 * @param mismatch whether what is written there does not fit the type of the place: what Prometheus
 *     lists as {@code unmarshal errors}
 */
public record Problem(Mark mark, String path, String message, boolean mismatch) {
  public Problem {
    Objects.requireNonNull(mark);
    Objects.requireNonNull(path);
    message = printable(Redaction.of(message));
  }

  public Problem(Mark mark, String path, String message) {
    this(mark, path, message, false);
  }

  static Problem mismatch(Mark mark, String path, String message) {
    return new Problem(mark, path, message, true);
  }

  /**
   * {@code file:line:column: key.path: message}. What comes from a flag or the environment names
   * that alone.
   */
  @Override
  public String toString() {
    boolean withPath = mark.line() != 0 && !path.isEmpty();
    return mark + ": " + (withPath ? path + ": " : "") + message;
  }

  /** Bytes that were no UTF-8 are shown as Go shows them; see {@link Yaml#decodeBytes}. */
  private static String printable(String text) {
    StringBuilder out = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        if (out != null) {
          out.append(c).append(text.charAt(i + 1));
        }
        i++;
      } else if (Character.isSurrogate(c)) {
        if (out == null) {
          out = new StringBuilder(text.length() + 8).append(text, 0, i);
        }
        out.append(String.format("\\x%02x", c & 0xff));
      } else if (out != null) {
        out.append(c);
      }
    }
    return out == null ? text : out.toString();
  }
}
