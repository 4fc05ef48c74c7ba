package io.narthex.kernel.config;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;

/**
 * The {@code log} section.
 *
 * @param level the least severe messages that are shown
 * @param format of a line
 */
public record LogConfig(
    @Flag(
            value = "log.level",
            help = "Least severe messages to show. One of: [debug, info, warn, error]")
        @Default("info")
        Level level,
    @Flag(value = "log.format", help = "How log lines are written. One of: [logfmt, json]")
        @Default("logfmt")
        Format format) {
  /** How severe a message is. */
  public enum Level {
    DEBUG,
    INFO,
    WARN,
    ERROR
  }

  /** How a line is written. */
  public enum Format {
    LOGFMT,
    JSON
  }
}
