package io.narthex.api.command;

import io.narthex.api.Api;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * A call of a command.
 *
 * @param arguments what follows the command's words
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param terminal whether {@code err} is a terminal, so that progress may be shown
 * @param workingDirectory where relative file names start
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record Invocation(
    List<String> arguments,
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean terminal,
    Path workingDirectory) {
  public Invocation {
    arguments = List.copyOf(arguments);
  }
}
