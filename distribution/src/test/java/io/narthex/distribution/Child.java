package io.narthex.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program that runs while a test does. What it writes is kept in {@code target/children}. Closing
 * ends it by its own process id, and so does the end of this virtual machine.
 */
final class Child implements AutoCloseable {
  private static final long POLL_MILLIS = 50;
  private static final long PATIENCE_SECONDS = 90;
  private static final long STOP_SECONDS = 30;

  private final List<String> command;
  private final Process process;
  private final Path logs;
  private final Thread lastResort;

  Child(List<String> command, Process process, Path logs) {
    this.command = command;
    this.process = process;
    this.logs = logs;
    this.lastResort = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(lastResort);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** All that it has written so far. */
  String output() {
    return read("out") + read("err");
  }

  private String read(String stream) {
    try {
      return new String(Files.readAllBytes(logs.resolve(stream)), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it runs: follows {@code /proc/<pid>/exe}. */
  Path executable() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc", Long.toString(pid()), "exe"));
  }

  /** A number of {@code /proc/<pid>/status}, such as {@code VmRSS}, in KiB. */
  long status(String key) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status"))) {
      if (line.startsWith(key + ":")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no " + key + " of process " + pid());
  }

  /**
   * Looks until it sees what is wanted. A look that throws has not seen it yet.
   *
   * @param what is waited for, for the message
   * @throws AssertionError when it is not seen in time, or the program has ended
   */
  <T> T await(String what, Callable<T> look, Predicate<? super T> wanted) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    @Nullable Object seen = null;
    boolean ended = false;
    while (System.nanoTime() < end) {
      try {
        T now = look.call();
        if (wanted.test(now)) {
          return now;
        }
        seen = now;
      } catch (Exception e) {
        seen = e;
      }
      if (ended) {
        throw new AssertionError(
            "the program ended with status %d before %s; last seen: %s; its output:\n%s"
                .formatted(process.exitValue(), what, seen, output()));
      }
      ended = waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
    throw new AssertionError(
        "no %s within %d s; last seen: %s; the program's output:\n%s"
            .formatted(what, PATIENCE_SECONDS, seen, output()));
  }

  /** Waits until it has written a text. */
  void awaitOutput(String text) {
    await("output with \"" + text + "\"", this::output, output -> output.contains(text));
  }

  /** Waits until it ends by itself. */
  Ended awaitEnd(long timeout, TimeUnit unit) {
    if (!waitFor(timeout, unit)) {
      throw new AssertionError(
          "%s did not end within %d %s; its output:\n%s"
              .formatted(command, timeout, unit, output()));
    }
    return new Ended(process.exitValue(), read("out"), read("err"));
  }

  /** Sends a signal by its name without {@code SIG}. */
  void signal(String name) throws IOException {
    signal(name, pid());
  }

  static void signal(String name, long pid) throws IOException {
    Ended kill = Launch.of(Path.of("/bin/sh"), "-c", "kill -" + name + " " + pid).run();
    if (kill.status() != 0) {
      throw new IOException("cannot send SIG" + name + " to " + pid + ": " + kill.err());
    }
  }

  /** Asks it to end, as a service manager does, and waits until it has. */
  Ended terminate() {
    return terminate(STOP_SECONDS, TimeUnit.SECONDS);
  }

  /** The same with a deadline of one's own. */
  Ended terminate(long timeout, TimeUnit unit) {
    process.destroy();
    return awaitEnd(timeout, unit);
  }

  /** The process that it started as its only child; fails when there is none. */
  ProcessHandle onlyChild() {
    return process.children().findFirst().orElseThrow();
  }

  private boolean waitFor(long timeout, TimeUnit unit) {
    try {
      return process.waitFor(timeout, unit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Ends it if it still runs. */
  @Override
  public void close() throws IOException {
    if (process.isAlive()) {
      process.destroy();
      if (!waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        waitFor(STOP_SECONDS, TimeUnit.SECONDS);
      }
    }
    try {
      Runtime.getRuntime().removeShutdownHook(lastResort);
    } catch (IllegalStateException e) {
      return; // The virtual machine ends; the files may stay.
    }
    if (Files.exists(logs)) {
      keepOutput();
      try (Stream<Path> walk = Files.walk(logs)) {
        for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(Objects.requireNonNull(path));
        }
      }
    }
  }

  private void keepOutput() throws IOException {
    Path kept = Files.createDirectories(Path.of("target/children").toAbsolutePath());
    String program = String.valueOf(Path.of(command.get(0)).getFileName());
    Files.writeString(
        kept.resolve(program + "-" + pid() + ".log"),
        "%s%n%s%nended with %d%n"
            .formatted(String.join(" ", command), output(), process.exitValue()));
  }
}
