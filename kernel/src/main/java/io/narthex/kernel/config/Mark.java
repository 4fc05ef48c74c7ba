package io.narthex.kernel.config;

import java.util.Objects;

/**
 * Where a value was written.
 *
 * @param source the file as the user named it, or a flag ({@code --web.route-prefix}), or an
 *     environment variable
 * @param line counted from 1; 0 where there are no lines
 * @param column counted from 1; 0 where there are no lines
 */
public record Mark(String source, int line, int column) {
  public Mark {
    Objects.requireNonNull(source);
  }

  /** A place that has no lines, such as a flag. */
  static Mark of(String source) {
    return new Mark(source, 0, 0);
  }

  /** {@code file:line:column}, or the source alone. */
  @Override
  public String toString() {
    return line == 0 ? source : source + ":" + line + ":" + column;
  }
}
