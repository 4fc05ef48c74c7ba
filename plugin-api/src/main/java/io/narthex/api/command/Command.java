package io.narthex.api.command;

import io.narthex.api.Api;
import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * A command-line tool: {@code bin/<program> <path...> arguments}. Runs without servers, storage and
 * configuration unless it opens them itself.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Command extends ExtensionPoint {
  /** The program it belongs to: {@code narthex}, {@code promtool}, {@code amtool}. */
  String program();

  /** Its words, such as {@code [tsdb, list]}; unique within the program. */
  List<String> path();

  /** One line for the program's {@code --help}. */
  String summary();

  /** All its options, for {@code --help} behind its words. */
  String help();

  /**
   * Runs.
   *
   * @return the exit status; 0 for success, 1 for failure, 2 for a wrong call
   */
  int run(Invocation invocation) throws Exception;
}
