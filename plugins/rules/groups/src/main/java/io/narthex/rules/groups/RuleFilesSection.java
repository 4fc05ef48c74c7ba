package io.narthex.rules.groups;

import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Glob;
import io.narthex.api.config.Prepared;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.Features;
import io.narthex.rules.groups.file.CheckedFile;
import io.narthex.rules.groups.file.DuplicateRules;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.file.RuleFileReader;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The section {@code rule_files}: names of the files in which rules stand. */
@Extension
public final class RuleFilesSection implements ConfigSection<List<String>> {
  private static final Logger LOG = LoggerFactory.getLogger(RuleFilesSection.class);

  /** An asterisk only in the last part of a path, and one at most. */
  private static final Pattern NAME = Pattern.compile("[^*]*(\\*[^/]*)?");

  private final RuleService service;
  private final ConfigFiles files;
  private final Extensions extensions;
  private final Features features;

  @Inject
  public RuleFilesSection(
      RuleService service, ConfigFiles files, Extensions extensions, Features features) {
    this.service = service;
    this.files = files;
    this.extensions = extensions;
    this.features = features;
  }

  @Override
  public String key() {
    return "rule_files";
  }

  @Override
  public ConfigShape<List<String>> shape() {
    return ConfigShape.listOf(String.class);
  }

  @Override
  public boolean namesFiles() {
    return true;
  }

  @Override
  public Prepared prepare(List<String> names, ConfigSnapshot snapshot) throws ConfigException {
    List<GroupDefinition> groups = new ArrayList<>();
    for (CheckedFile file : read(names, snapshot)) {
      file.warnings().forEach(warning -> LOG.warn("Odd rule file warning={}", warning));
      groups.addAll(file.groups());
    }
    Duration queryOffset = snapshot.global().ruleQueryOffset();
    var externalLabels = snapshot.global().externalLabels();
    return () -> service.apply(groups, queryOffset, externalLabels);
  }

  @Override
  public void check(List<String> names, ConfigSnapshot snapshot, ConfigCheck check)
      throws ConfigException {
    checkNames(names);
    if (check.syntaxOnly()) {
      return;
    }
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (!name.contains("*") && glob(i, name, snapshot).files().isEmpty()) {
        throw new ConfigException(
            "[" + i + "]", Quoting.quote(name) + " does not point to an existing file", null);
      }
    }
    List<GroupDefinition> groups = new ArrayList<>();
    for (CheckedFile file : read(names, snapshot)) {
      file.warnings().forEach(check::warn);
      groups.addAll(file.groups());
    }
    DuplicateRules.find(groups).ifPresent(found -> check.lint("duplicate-rules", found));
  }

  private static void checkNames(List<String> names) throws ConfigException {
    for (int i = 0; i < names.size(); i++) {
      if (!NAME.matcher(names.get(i)).matches()) {
        throw new ConfigException(
            "[" + i + "]", "invalid rule file path " + Quoting.quote(names.get(i)), null);
      }
    }
  }

  private static Glob glob(int i, String name, ConfigSnapshot snapshot) throws ConfigException {
    Glob glob = Glob.of(snapshot.baseDirectory(), name);
    if (!glob.isValid()) {
      throw new ConfigException(
          "[" + i + "]",
          "error retrieving rule files for " + name + ": syntax error in pattern",
          null);
    }
    return glob;
  }

  /** Reads all files, each once. */
  private List<CheckedFile> read(List<String> names, ConfigSnapshot snapshot)
      throws ConfigException {
    checkNames(names);
    Set<Path> paths = new LinkedHashSet<>();
    for (int i = 0; i < names.size(); i++) {
      paths.addAll(glob(i, names.get(i), snapshot).files());
    }
    RuleFileReader reader =
        new RuleFileReader(
            files,
            new Expressions(extensions, features.names()),
            service.templates()::check,
            NameScheme.parse(snapshot.global().metricNameValidationScheme()),
            false);
    List<CheckedFile> read = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    for (Path path : paths) {
      CheckedFile file = reader.read(path, path.toString(), snapshot.global().evaluationInterval());
      errors.addAll(file.errors());
      read.add(file);
    }
    if (!errors.isEmpty()) {
      throw new ConfigException(String.join("\n", errors));
    }
    return read;
  }
}
