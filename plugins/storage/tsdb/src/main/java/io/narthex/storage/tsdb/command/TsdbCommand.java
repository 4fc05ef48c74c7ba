package io.narthex.storage.tsdb.command;

import io.narthex.api.command.Command;
import io.narthex.api.command.Flags;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.WrongCall;
import io.narthex.api.format.FloatText;
import io.narthex.api.model.Quoting;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** What the commands of {@code promtool tsdb} have in common. */
abstract class TsdbCommand implements Command {
  static final String DEFAULT_PATH = "data/";

  @Override
  public final String program() {
    return "promtool";
  }

  /** Runs with flags taken apart; the exit status. */
  protected abstract int run(Flags flags, Invocation call) throws Exception;

  /** The flags and arguments. */
  protected abstract Flags.Syntax syntax();

  @Override
  public final int run(Invocation invocation) throws Exception {
    Flags flags;
    try {
      flags = syntax().read(invocation.arguments());
      return run(flags, invocation);
    } catch (WrongCall e) {
      return wrong(invocation, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      invocation.out().flush();
      invocation.err().println(message(e));
      return 1;
    }
  }

  /** Upstream's status for a wrong call is 1, unlike ours elsewhere. */
  static int wrong(Invocation invocation, String message) {
    invocation.err().println("promtool: error: " + message + ", try --help");
    return 1;
  }

  /**
   * The text of a failure with the reason, which the JDK's message of these is only the name of.
   */
  static String message(IOException e) {
    if (e instanceof NoSuchFileException missing) {
      return "open " + missing.getFile() + ": no such file or directory";
    }
    if (e instanceof AccessDeniedException denied) {
      return "open " + denied.getFile() + ": permission denied";
    }
    if (e instanceof FileAlreadyExistsException exists) {
      return "mkdir " + exists.getFile() + ": file exists";
    }
    if (e instanceof FileSystemException other && other.getReason() == null) {
      return "cannot use " + other.getFile();
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** Standard output for much text: with a buffer, and in UTF-8. To be flushed, not closed. */
  static PrintStream buffered(PrintStream out) {
    return new PrintStream(new BufferedOutputStream(out, 1 << 16), false, StandardCharsets.UTF_8);
  }

  /** A number that Go reads as a float and takes as an integer. */
  static int integer(Flags flags, String name, int otherwise) throws WrongCall {
    String text = flags.value(name);
    if (text == null) {
      return otherwise;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    FloatText number = new FloatText();
    if (number.read(bytes, 0, bytes.length) != FloatText.Outcome.OK) {
      throw new WrongCall(
          "strconv.ParseFloat: parsing " + Quoting.quote(text) + ": invalid syntax");
    }
    return (int) number.value();
  }

  static List<String> words(String... words) {
    return List.of(words);
  }
}
