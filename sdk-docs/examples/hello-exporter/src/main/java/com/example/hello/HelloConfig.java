package com.example.hello;

import io.narthex.api.config.Default;
import io.narthex.api.config.Help;
import java.util.List;

/**
 * What users may write under {@code exporters.hello}. Each component is a key; an unknown key is an
 * error that names the nearest one.
 */
public record HelloConfig(
    @Help("Whom to greet; a series for each.") @Default("world") List<String> names,
    @Help("The value of the series.") @Default("1") double warmth) {

  /** Refuses what makes no sense, with a message that says what would be right. */
  public HelloConfig {
    names = List.copyOf(names);
    if (names.isEmpty()) {
      throw new IllegalArgumentException("cannot greet nobody: names is empty, want at least one");
    }
  }
}
