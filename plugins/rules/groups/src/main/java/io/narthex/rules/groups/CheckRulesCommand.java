package io.narthex.rules.groups;

import io.narthex.api.command.FlagCommand;
import io.narthex.api.command.Flags;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.WrongCall;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import io.narthex.api.plugin.Extensions;
import io.narthex.rules.groups.eval.AlertTemplates;
import io.narthex.rules.groups.file.CheckedFile;
import io.narthex.rules.groups.file.DuplicateRules;
import io.narthex.rules.groups.file.RuleFileReader;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pf4j.Extension;

/** {@code promtool check rules}. */
@Extension
public final class CheckRulesCommand extends FlagCommand {
  private static final int FAILED = 1;
  private static final int LINT = 3;
  private static final String DUPLICATES = "duplicate-rules";

  private final ConfigFiles files;
  private final Extensions extensions;

  /** Made by the kernel. */
  @Inject
  public CheckRulesCommand(ConfigFiles files, Extensions extensions) {
    super("promtool", "Checks whether rule files are valid.", "check", "rules");
    this.files = files;
    this.extensions = extensions;
  }

  @Override
  public String help() {
    return """
    Usage: promtool check rules [flags] [<rule-files>...]

    Flags:
          --lint=duplicate-rules   what to look for besides: all, duplicate-rules, none
          --lint-fatal             exit with 3 when that found something
          --ignore-unknown-fields  let keys pass that nobody knows
          --enable-feature=...     parts of the expression language that are off otherwise

    Args:
      [<rule-files>]  the files to check; standard input when none is given\
    """;
  }

  @Override
  protected Flags.Syntax syntax() {
    return new Flags.Syntax()
        .value("lint")
        .toggle("lint-fatal")
        .toggle("ignore-unknown-fields")
        .values("enable-feature")
        .optional("rule-files")
        .repeated();
  }

  @Override
  protected int run(Flags flags, Invocation call) throws WrongCall, IOException {
    for (String file : flags.arguments()) {
      if (!Files.exists(call.workingDirectory().resolve(file))) {
        throw new WrongCall("path '" + file + "' does not exist");
      }
    }
    Set<String> lints = new HashSet<>();
    for (String lint : flags.value("lint", DUPLICATES).split(",", -1)) {
      switch (lint) {
        case "all", DUPLICATES -> lints.add(DUPLICATES);
        case "none", "" -> {}
        default -> call.out().println("WARNING: unknown lint option: " + Quoting.quote(lint));
      }
    }
    RuleFileReader reader = reader(flags);
    boolean failed = false;
    boolean linted = false;
    for (CheckedFile file : read(reader, flags, call)) {
      call.out().println("Checking " + file.file());
      file.warnings().forEach(warning -> call.out().println("  WARNING: " + warning));
      Optional<String> found =
          lints.contains(DUPLICATES) && file.errors().isEmpty()
              ? DuplicateRules.find(file.groups())
              : Optional.empty();
      if (!file.errors().isEmpty()) {
        call.err().println("  FAILED:");
        file.errors().forEach(call.err()::println);
        failed = true;
        continue;
      }
      if (found.isPresent()) {
        call.err().println("  FAILED:");
        call.err().println("lint error " + found.get());
        linted = true;
      } else {
        int rules = file.groups().stream().mapToInt(group -> group.rules().size()).sum();
        call.out().println("  SUCCESS: " + rules + " rules found");
      }
      call.out().println();
    }
    if (failed) {
      return FAILED;
    }
    return linted && flags.on("lint-fatal") ? LINT : 0;
  }

  private RuleFileReader reader(Flags flags) {
    Set<String> features = new HashSet<>();
    flags.values("enable-feature").forEach(list -> features.addAll(List.of(list.split(","))));
    AlertTemplates templates = new AlertTemplates(extensions, Map::of, () -> "");
    return new RuleFileReader(
        files,
        new Expressions(extensions, features),
        templates::check,
        NameScheme.UTF8,
        flags.on("ignore-unknown-fields"));
  }

  private static List<CheckedFile> read(RuleFileReader reader, Flags flags, Invocation call)
      throws IOException {
    Duration interval = Duration.ofMinutes(1);
    if (flags.arguments().isEmpty()) {
      return List.of(reader.check("standard input", call.in().readAllBytes(), interval));
    }
    return flags.arguments().stream()
        .map(file -> reader.read(call.workingDirectory().resolve(file), file, interval))
        .toList();
  }
}
