package io.narthex.command.promtool;

import io.narthex.api.command.FlagCommand;
import io.narthex.api.command.Flags;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.WrongCall;
import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigChecker;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Durations;
import io.narthex.api.model.Quoting;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.pf4j.Extension;

/** {@code promtool check config}. */
@Extension
public final class CheckConfigCommand extends FlagCommand {
  private static final int FAILED = 1;
  private static final int LINT = 3;

  /** What an agent has no use for. */
  private static final List<String> NOT_FOR_AGENTS =
      List.of("alerting", "rule_files", "remote_read");

  private final ConfigChecker checker;

  /** Made by the kernel. */
  @Inject
  public CheckConfigCommand(ConfigChecker checker) {
    super("promtool", "Checks whether configuration files are valid.", "check", "config");
    this.checker = checker;
  }

  @Override
  public String help() {
    return """
    Usage: promtool check config [flags] <config-files>...

    Flags:
          --syntax-only              look at the syntax alone, not at files that are named
          --lint=duplicate-rules     what to look for besides: all, none, or of
                                     duplicate-rules,too-long-scrape-interval some, with commas
          --lint-fatal               exit with 3 when that found something
          --ignore-unknown-fields    let keys pass in rule files that nobody knows
          --agent                    check for an agent
          --query.lookback-delta=5m  what the server will be started with

    Args:
      <config-files>  the files to check\
    """;
  }

  @Override
  protected Flags.Syntax syntax() {
    return new Flags.Syntax()
        .toggle("syntax-only")
        .value("lint")
        .toggle("lint-fatal")
        .toggle("ignore-unknown-fields")
        .toggle("agent")
        .value("query.lookback-delta")
        .values("enable-feature")
        .required("config-files")
        .repeated();
  }

  @Override
  protected int run(Flags flags, Invocation call) throws WrongCall {
    Duration lookback;
    try {
      lookback = Durations.parse(flags.value("query.lookback-delta", "5m"));
    } catch (IllegalArgumentException e) {
      throw new WrongCall(String.valueOf(e.getMessage()));
    }
    Lints lints = Lints.of(flags.value("lint", Lints.DUPLICATE_RULES), call);
    for (String file : flags.arguments()) {
      if (!Files.exists(call.workingDirectory().resolve(file))) {
        throw new WrongCall("path '" + file + "' does not exist");
      }
    }
    boolean failed = false;
    boolean linted = false;
    for (String file : flags.arguments()) {
      Looking looking =
          new Looking(
              flags.on("syntax-only"), flags.on("ignore-unknown-fields"), lookback, lints, call);
      call.out().println("Checking " + file);
      List<ConfigCheck.NamedFile> files = looking.files;
      try {
        ConfigChecker.Checked checked = checker.check(Path.of(file), "prometheus", looking);
        if (flags.on("agent")) {
          checkAgent(checked.keys());
        }
        looking.found.forEach(what -> call.out().println("  SUCCESS: " + what));
        call.out().println(" SUCCESS: " + file + " is valid prometheus config file syntax");
      } catch (ConfigException e) {
        call.err().println("  FAILED: " + e.getMessage());
        failed = true;
        files = List.of();
      }
      call.out().println();
      looking.remarks.forEach(message -> call.err().println("  FAILED: " + message));
      linted |= !looking.remarks.isEmpty();
      for (ConfigCheck.NamedFile named : files) {
        failed |= !named.errors().isEmpty();
        linted |= print(named, lints, call);
      }
    }
    if (failed) {
      return FAILED;
    }
    return linted && flags.on("lint-fatal") ? LINT : 0;
  }

  /** Prints what there is of a further file; whether there is a remark that was asked for. */
  private static boolean print(ConfigCheck.NamedFile file, Lints lints, Invocation call) {
    call.out().println("Checking " + file.name());
    file.warnings().forEach(warning -> call.out().println("  WARNING: " + warning));
    if (!file.errors().isEmpty()) {
      call.err().println("  FAILED:");
      file.errors().forEach(call.err()::println);
      return false;
    }
    List<String> remarks = new ArrayList<>();
    file.lints()
        .forEach((kind, message) -> {
          if (lints.kinds().contains(kind)) {
            remarks.add(message);
          }
        });
    if (remarks.isEmpty()) {
      call.out().println("  SUCCESS: " + file.found());
    } else {
      call.err().println("  FAILED:");
      remarks.forEach(message -> call.err().println("lint error " + message));
    }
    call.out().println();
    return !remarks.isEmpty();
  }

  private static void checkAgent(Set<String> keys) throws ConfigException {
    for (String key : NOT_FOR_AGENTS) {
      if (keys.contains(key)) {
        throw new ConfigException("field " + key + " is not allowed in agent mode");
      }
    }
  }

  /** What {@code --lint} asks for. */
  private record Lints(Set<String> kinds) {
    static final String DUPLICATE_RULES = "duplicate-rules";
    private static final String LONG_INTERVAL = "too-long-scrape-interval";

    static Lints of(String list, Invocation call) {
      Set<String> kinds = new HashSet<>();
      boolean none = false;
      for (String kind : list.split(",", -1)) {
        switch (kind) {
          case "all" -> kinds.addAll(List.of(DUPLICATE_RULES, LONG_INTERVAL));
          case DUPLICATE_RULES, LONG_INTERVAL -> kinds.add(kind);
          case "none" -> none = true;
          case "" -> {}
          default -> call.out().println("WARNING: unknown lint option: " + Quoting.quote(kind));
        }
      }
      return new Lints(none ? Set.of() : kinds);
    }
  }

  /** Takes the remarks. */
  private static final class Looking implements ConfigCheck {
    private final boolean syntaxOnly;
    private final boolean ignoreUnknownFields;
    private final Duration lookback;
    private final Lints lints;
    private final Invocation call;
    private final List<String> remarks = new ArrayList<>();
    private final List<String> found = new ArrayList<>();
    private final List<NamedFile> files = new ArrayList<>();

    Looking(
        boolean syntaxOnly,
        boolean ignoreUnknownFields,
        Duration lookback,
        Lints lints,
        Invocation call) {
      this.syntaxOnly = syntaxOnly;
      this.ignoreUnknownFields = ignoreUnknownFields;
      this.lookback = lookback;
      this.lints = lints;
      this.call = call;
    }

    @Override
    public boolean syntaxOnly() {
      return syntaxOnly;
    }

    @Override
    public boolean ignoreUnknownFields() {
      return ignoreUnknownFields;
    }

    @Override
    public Duration lookbackDelta() {
      return lookback;
    }

    @Override
    public void warn(String message) {
      call.out().println("  WARNING: " + message);
    }

    @Override
    public void lint(String kind, String message) {
      if (lints.kinds().contains(kind)) {
        remarks.add(message);
      }
    }

    @Override
    public void found(String what) {
      found.add(what);
    }

    @Override
    public void file(NamedFile file) {
      files.add(file);
    }
  }
}
