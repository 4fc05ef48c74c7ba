package io.narthex.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program to be started. It gets the environment that is given here and nothing of the test's.
 *
 * @param command executable and arguments
 * @param environment all of it
 * @param directory working directory; empty for a new one below {@code target}
 */
record Launch(List<String> command, Map<String, String> environment, List<Path> directory) {
  private static final long LONGEST_RUN_SECONDS = 90;

  Launch {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
    directory = List.copyOf(directory);
  }

  static Launch of(Path executable, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(executable.toString());
    command.addAll(List.of(arguments));
    return new Launch(command, Map.of(), List.of());
  }

  Launch in(Path workingDirectory) {
    return new Launch(command, environment, List.of(workingDirectory));
  }

  Launch with(String variable, String value) {
    Map<String, String> more = new LinkedHashMap<>(environment);
    more.put(variable, value);
    return new Launch(command, more, directory);
  }

  /** The same with more arguments. */
  Launch and(String... arguments) {
    List<String> more = new ArrayList<>(command);
    more.addAll(List.of(arguments));
    return new Launch(more, environment, directory);
  }

  /** Starts it; whoever calls this closes it. */
  Child start() throws IOException {
    Path logs = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "child");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory((directory.isEmpty() ? logs : directory.get(0)).toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(logs.resolve("out").toFile())
            .redirectError(logs.resolve("err").toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return new Child(command, builder.start(), logs);
  }

  /** Runs it to its end. */
  Ended run() throws IOException {
    try (Child child = start()) {
      return child.awaitEnd(LONGEST_RUN_SECONDS, TimeUnit.SECONDS);
    }
  }
}
