package io.narthex.kernel.boot;

import io.narthex.api.command.Command;
import io.narthex.api.command.Invocation;
import io.narthex.kernel.plugin.PluginCommands;
import io.narthex.kernel.web.CheckWebConfigCommand;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the command that a call names, the kernel's own or a plugin's, and runs it. */
final class Commands {
  private static final Logger log = LoggerFactory.getLogger(Commands.class);

  private final RunningProgram program;
  private final Instance instance;
  private final Path workingDirectory;
  private final PrintStream out;
  private final PrintStream err;

  Commands(
      RunningProgram program,
      Instance instance,
      Path workingDirectory,
      PrintStream out,
      PrintStream err) {
    this.program = program;
    this.instance = instance;
    this.workingDirectory = workingDirectory;
    this.out = out;
    this.err = err;
  }

  /** Whether the call names a command rather than starting a server: its first word is no flag. */
  static boolean isCall(List<String> arguments) {
    return !arguments.isEmpty() && !arguments.get(0).startsWith("-");
  }

  /**
   * The call with its command's words in front. Prometheus's tool takes two flags before them too:
   * {@code --experimental}, without which it refuses some commands that are plain ones here, and
   * {@code --enable-feature}, which commands take that know features.
   */
  static List<String> wordsFirst(String program, List<String> arguments) {
    if (!program.equals("promtool")) {
      return arguments;
    }
    List<String> features = new ArrayList<>();
    int i = 0;
    while (i < arguments.size()) {
      String argument = arguments.get(i);
      if (argument.startsWith("--enable-feature=")) {
        features.add(argument);
      } else if (argument.equals("--enable-feature") && i + 1 < arguments.size()) {
        features.add(argument + "=" + arguments.get(++i));
      } else if (!argument.equals("--experimental")) {
        break;
      }
      i++;
    }
    List<String> call = new ArrayList<>(arguments.subList(i, arguments.size()));
    if (!isCall(call)) {
      return arguments;
    }
    int words = 1;
    while (words < call.size() && !call.get(words).startsWith("-")) {
      words++;
    }
    // Behind all that may be words; the command finds its flags anywhere.
    call.addAll(words, features);
    return call;
  }

  /** Runs the command; the exit status. */
  int run(List<String> arguments) {
    List<Command> own = new ArrayList<>(PluginCommands.all(instance.settingsOfPlugins()));
    own.add(new CheckWebConfigCommand(Instance::webFile));
    Optional<Command> command = find(own, arguments);
    if (command.isPresent()) {
      return call(command.get(), arguments);
    }
    // What plugins come and go is of no interest to whoever only runs a command.
    Logging.configure("warn", "logfmt");
    instance.openPlugins();
    try {
      List<Command> all = new ArrayList<>(own);
      all.addAll(instance.plugins().all(Command.class));
      Optional<Command> brought = find(all, arguments);
      if (brought.isPresent()) {
        return call(brought.get(), arguments);
      }
      return group(all, arguments);
    } finally {
      instance.plugins().close();
    }
  }

  /** Answers a call of no command: of words that commands begin with, or of unknown ones. */
  private int group(List<Command> all, List<String> arguments) {
    List<Command> within = of(program, all);
    int words = 0;
    while (words < arguments.size()) {
      List<String> begin = arguments.subList(0, words + 1);
      List<Command> fewer =
          within.stream()
              .filter(c -> c.path().size() >= begin.size())
              .filter(c -> c.path().subList(0, begin.size()).equals(begin))
              .toList();
      if (fewer.isEmpty()) {
        break;
      }
      within = fewer;
      words++;
    }
    if (words == 0) {
      return program.hasRole() ? unknown(all, arguments) : ofTool(all, arguments);
    }
    String name = String.join(" ", arguments.subList(0, words));
    String next = words < arguments.size() ? arguments.get(words) : "";
    if (next.equals("--help") || next.equals("-h")) {
      out.println("usage: " + program.name() + " " + name + " <command> [<args> ...]\n\nCommands:");
      list(within, out);
      return 0;
    }
    err.println(
        program.name()
            + ": error: "
            + (next.isEmpty() || next.startsWith("-")
                ? "must select a subcommand of '" + name + "'"
                : "expected command but got \"" + next + "\"")
            + ", try --help");
    list(within, err);
    return 1;
  }

  /** As Prometheus's tools, which know {@code help} for a command. */
  private int ofTool(List<Command> all, List<String> arguments) {
    if (!arguments.get(0).equals("help")) {
      err.println(
          program.name()
              + ": error: expected command but got \""
              + arguments.get(0)
              + "\", try --help");
      return 1;
    }
    List<String> asked = new ArrayList<>(arguments.subList(1, arguments.size()));
    if (asked.isEmpty()) {
      overview(program, of(program, all), out);
      return 0;
    }
    asked.add("--help");
    Optional<Command> command = find(all, asked);
    return command.isPresent() ? call(command.get(), asked) : group(all, asked);
  }

  private int unknown(List<Command> all, List<String> arguments) {
    err.println(
        program.name() + ": error: unexpected " + arguments.get(0) + "; want a flag or one of");
    list(of(program, all), err);
    return Instance.WRONG_CALL;
  }

  /** The program's commands by their words. */
  static List<Command> of(RunningProgram program, List<Command> all) {
    return all.stream()
        .filter(c -> c.program().equals(program.name()))
        .sorted(Comparator.comparing(c -> String.join(" ", c.path())))
        .toList();
  }

  /** What a program of commands alone says of itself. */
  static void overview(RunningProgram program, List<Command> commands, PrintStream to) {
    to.println("usage: " + program.name() + " <command> [<args> ...]\n\nCommands:");
    list(commands, to);
    to.println("\nMore with " + program.name() + " <command> --help");
  }

  /** A line for each command, the summaries in one column. */
  static void list(List<Command> commands, PrintStream to) {
    int width =
        commands.stream().mapToInt(c -> String.join(" ", c.path()).length()).max().orElse(0);
    String line = "  %-" + Math.max(24, width) + "s %s%n";
    commands.forEach(c -> to.printf(line, String.join(" ", c.path()), c.summary()));
  }

  /** The command of this program with the most words that the call begins with. */
  private Optional<Command> find(List<Command> commands, List<String> arguments) {
    return commands.stream()
        .filter(c -> c.program().equals(program.name()))
        .filter(c -> behind(c.path(), arguments) != null)
        .max(Comparator.comparingInt(c -> c.path().size()));
  }

  /**
   * What follows a command's words; null when the call does not begin with them. Flags may stand
   * between the words, as Prometheus's tools have it for those of a group of commands; one with a
   * value as {@code --name=value}.
   */
  static @Nullable List<String> behind(List<String> words, List<String> arguments) {
    List<String> rest = new ArrayList<>();
    int word = 0;
    int next = 0;
    while (word < words.size()) {
      if (next == arguments.size()) {
        return null;
      }
      String argument = arguments.get(next++);
      if (argument.equals(words.get(word))) {
        word++;
      } else if (word > 0 && argument.startsWith("-") && argument.length() > 1) {
        rest.add(argument);
      } else {
        return null;
      }
    }
    rest.addAll(arguments.subList(next, arguments.size()));
    return rest;
  }

  private int call(Command command, List<String> arguments) {
    List<String> rest = Objects.requireNonNull(behind(command.path(), arguments));
    if (rest.contains("--help") || rest.contains("-h")) {
      out.println(
          "usage: "
              + program.name()
              + " "
              + String.join(" ", command.path())
              + "\n\n"
              + command.summary());
      out.println();
      out.println(command.help());
      return 0;
    }
    try {
      return command.run(
          new Invocation(rest, System.in, out, err, System.console() != null, workingDirectory));
    } catch (InterruptedException e) {
      err.println(program.name() + ": interrupted");
      return 1;
    } catch (Exception e) {
      err.println(
          program.name()
              + " "
              + String.join(" ", command.path())
              + ": "
              + (e.getMessage() == null ? e : e.getMessage()));
      log.debug("command failed", e);
      return 1;
    }
  }
}
