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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The section {@code rule_files}: names of the files in which rules stand. */
@Extension
public final class RuleFilesSection implements ConfigSection<List<String>> {
  private static final Logger LOG = LoggerFactory.getLogger(RuleFilesSection.class);

  /** Asterisks only in the last part of a path. */
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
    List<CheckedFile> read = read(once(files(names, snapshot)), snapshot, false);
    List<String> errors = read.stream().flatMap(file -> file.errors().stream()).toList();
    if (!errors.isEmpty()) {
      throw new ConfigException(String.join("\n", errors));
    }
    for (CheckedFile file : read) {
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
    List<NamedPath> found = files(names, snapshot);
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (!name.contains("*") && glob(i, name, snapshot).files().isEmpty()) {
        throw new ConfigException(
            "[" + i + "]",
            Quoting.quote(shown(name, snapshot)) + " does not point to an existing file",
            null);
      }
    }
    if (!found.isEmpty()) {
      check.found(found.size() + " rule files found");
    }
    for (CheckedFile file : read(found, snapshot, check.ignoreUnknownFields())) {
      int rules = file.groups().stream().mapToInt(group -> group.rules().size()).sum();
      Map<String, String> lints = new HashMap<>();
      if (file.errors().isEmpty()) {
        DuplicateRules.find(file.groups())
            .ifPresent(duplicates -> lints.put("duplicate-rules", duplicates));
      }
      check.file(
          new ConfigCheck.NamedFile(
              file.file(), rules + " rules found", file.errors(), file.warnings(), lints));
    }
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

  /**
   * A file and how it is shown: as upstream shows it, relative where the configuration file and the
   * name are.
   */
  private record NamedPath(Path path, String name) {}

  /** The files of all names, in order; one that two names have stands there twice. */
  private static List<NamedPath> files(List<String> names, ConfigSnapshot snapshot)
      throws ConfigException {
    checkNames(names);
    Path base = snapshot.baseDirectory().toAbsolutePath().normalize();
    List<NamedPath> found = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      for (Path path : glob(i, name, snapshot).files()) {
        found.add(new NamedPath(path, shown(name, path, base, snapshot.shownDirectory())));
      }
    }
    return found;
  }

  private static String shown(String name, Path path, Path base, Path shownBase) {
    if (name.startsWith("/")) {
      // As upstream's glob: what has no wildcard comes back as it is.
      return name.chars().anyMatch(c -> "*?[\\".indexOf(c) >= 0) ? path.toString() : name;
    }
    Path within = base.relativize(path.toAbsolutePath().normalize());
    return shownBase.resolve(within).normalize().toString();
  }

  /** A name as messages have it: from where the process runs, as the configuration's own is. */
  private static String shown(String name, ConfigSnapshot snapshot) {
    return name.startsWith("/")
        ? name
        : snapshot.shownDirectory().resolve(name).normalize().toString();
  }

  private static List<NamedPath> once(List<NamedPath> files) {
    Map<String, NamedPath> byName = new LinkedHashMap<>();
    files.forEach(file -> byName.putIfAbsent(file.name(), file));
    return List.copyOf(byName.values());
  }

  private List<CheckedFile> read(
      List<NamedPath> paths, ConfigSnapshot snapshot, boolean ignoreUnknownFields) {
    RuleFileReader reader =
        new RuleFileReader(
            files,
            new Expressions(extensions, features.names()),
            service.templates()::check,
            NameScheme.parse(snapshot.global().metricNameValidationScheme()),
            ignoreUnknownFields);
    Duration interval = snapshot.global().evaluationInterval();
    return paths.stream().map(file -> reader.read(file.path(), file.name(), interval)).toList();
  }
}
