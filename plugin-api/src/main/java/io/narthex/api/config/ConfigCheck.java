package io.narthex.api.config;

import io.narthex.api.Api;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A look at a configuration while no server runs, as {@code promtool check config} takes it: what
 * is to be looked at, and where remarks go. Belongs to one thread.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface ConfigCheck {
  /**
   * Whether files that the configuration names need not be there; what they hold is nothing to it.
   */
  boolean syntaxOnly();

  /** Whether keys that nobody knows are let pass in further files that the configuration names. */
  default boolean ignoreUnknownFields() {
    return false;
  }

  /** How old the newest sample of a series may be for the server's queries. */
  default Duration lookbackDelta() {
    return Duration.ofMinutes(5);
  }

  /**
   * Says what is odd but no error.
   *
   * @param message a sentence
   */
  void warn(String message);

  /**
   * Says what is an error to those who asked for this kind of remark, and nothing to others.
   *
   * @param kind as {@code --lint} names it: {@code too-long-scrape-interval}
   * @param message what is wrong
   */
  void lint(String kind, String message);

  /**
   * Says what was found, for those who want to see that it was looked at. Told where the
   * configuration has no error.
   *
   * @param what such as {@code 2 rule files found}
   */
  default void found(String what) {}

  /**
   * Tells of a further file, whose errors are none of the configuration's own. Told after all that
   * is said of the configuration, where that has no error.
   */
  default void file(NamedFile file) {
    file.warnings().forEach(this::warn);
    file.lints().forEach(this::lint);
    file.errors().forEach(this::warn);
  }

  /**
   * A file that a configuration names and that was judged on its own.
   *
   * @param name as it is shown
   * @param found what is said when nothing is wrong, such as {@code 3 rules found}
   * @param errors what is wrong, each with the file's name
   * @param warnings what is odd but no error
   * @param lints remarks by their kind; see {@link #lint}
   * @since 0.1
   */
  @Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
  record NamedFile(
      String name,
      String found,
      List<String> errors,
      List<String> warnings,
      Map<String, String> lints) {
    public NamedFile {
      errors = List.copyOf(errors);
      warnings = List.copyOf(warnings);
      lints = Map.copyOf(lints);
    }
  }
}
