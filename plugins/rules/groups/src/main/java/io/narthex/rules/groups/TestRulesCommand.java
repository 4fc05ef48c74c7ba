package io.narthex.rules.groups;

import io.narthex.api.command.FlagCommand;
import io.narthex.api.command.Flags;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.WrongCall;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Regex;
import io.narthex.api.plugin.Extensions;
import io.narthex.rules.groups.eval.AlertTemplates;
import io.narthex.rules.groups.file.RuleFileReader;
import io.narthex.rules.groups.unittest.RuleTests;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/** {@code promtool test rules}. */
@Extension
public final class TestRulesCommand extends FlagCommand {
  private final ConfigFiles files;
  private final Extensions extensions;

  /** Made by the kernel. */
  @Inject
  public TestRulesCommand(ConfigFiles files, Extensions extensions) {
    super("promtool", "Runs unit tests of rules.", "test", "rules");
    this.files = files;
    this.extensions = extensions;
  }

  @Override
  public String help() {
    return """
    Usage: promtool test rules [flags] <test-rule-file>...

    Flags:
          --run=REGEXP...          run only tests whose names match the regular expression
          --debug                  tell the course of each test, and all samples at its end
          --diff                   show differences of alerts in colours
          --ignore-unknown-fields  let keys of rule files pass that nobody knows
          --junit=FILE             write the results to a file, as JUnit's XML
          --enable-feature=...     parts of the expression language that are off otherwise

    Args:
      <test-rule-file>  files with tests; the rules that they test are named in them\
    """;
  }

  @Override
  protected Flags.Syntax syntax() {
    return new Flags.Syntax()
        .values("run")
        .toggle("debug")
        .toggle("diff")
        .toggle("ignore-unknown-fields")
        .value("junit")
        .values("enable-feature")
        .required("test-rule-file")
        .repeated();
  }

  @Override
  protected int run(Flags flags, Invocation call)
      throws WrongCall, IOException, InterruptedException {
    Path directory = call.workingDirectory();
    for (String file : flags.arguments()) {
      Path path = directory.resolve(file);
      if (!Files.exists(path)) {
        throw new WrongCall("path '" + file + "' does not exist");
      }
      if (Files.isDirectory(path)) {
        throw new WrongCall("'" + file + "' is a directory");
      }
    }
    Set<String> features = new HashSet<>();
    flags.values("enable-feature").forEach(list -> features.addAll(List.of(list.split(","))));
    RuleTests tests =
        new RuleTests(
            files,
            extensions,
            reader(features, flags.on("ignore-unknown-fields")),
            new RuleTests.Options(
                selected(flags.values("run")), flags.on("diff"), flags.on("debug"), features),
            directory,
            call.err());
    String junit = flags.value("junit");
    // Opened first: who wants results that cannot be written does not want to wait for them.
    try (Writer results =
        junit == null ? Writer.nullWriter() : Files.newBufferedWriter(directory.resolve(junit))) {
      int status = run(tests, flags.arguments(), call);
      results.write(tests.report().xml());
      return status;
    }
  }

  private static int run(RuleTests tests, List<String> names, Invocation call)
      throws IOException, InterruptedException {
    int status = 0;
    for (String name : names) {
      List<String> failures = tests.run(name);
      if (failures.isEmpty()) {
        call.out().println("  SUCCESS");
      } else {
        call.err().println("  FAILED:");
        for (String failure : failures) {
          call.err().println(failure);
          call.out().println();
        }
        status = 1;
      }
      call.out().println();
    }
    return status;
  }

  /** What whole names must match; null for all. */
  private static @Nullable Regex selected(List<String> parts) throws WrongCall {
    if (parts.isEmpty()) {
      return null;
    }
    String text = String.join("|", parts);
    try {
      Matcher.of(Matcher.Type.REGEX, "name", text);
      // The part that matches may be anywhere in a name.
      return Matcher.of(Matcher.Type.REGEX, "name", "(?s:.*)(?:" + text + ")(?s:.*)").regex();
    } catch (IllegalArgumentException e) {
      throw new WrongCall(String.valueOf(e.getMessage()));
    }
  }

  private RuleFileReader reader(Set<String> features, boolean ignoreUnknownFields) {
    AlertTemplates templates = new AlertTemplates(extensions, Map::of, () -> "");
    return new RuleFileReader(
        files,
        new Expressions(extensions, features),
        templates::check,
        NameScheme.UTF8,
        ignoreUnknownFields);
  }
}
