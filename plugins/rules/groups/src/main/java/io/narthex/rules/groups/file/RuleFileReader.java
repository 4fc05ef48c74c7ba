package io.narthex.rules.groups.file;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigFiles.Located;
import io.narthex.api.config.ConfigFiles.Place;
import io.narthex.api.config.ConfigFiles.Places;
import io.narthex.api.config.ConfigFiles.Syntax;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import io.narthex.api.query.ExpressionParser;
import io.narthex.api.query.QueryEngine.ParsedQuery;
import io.narthex.api.query.QueryException;
import io.narthex.api.template.TemplateException;
import io.narthex.rules.groups.file.RuleFile.Group;
import io.narthex.rules.groups.file.RuleFile.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads rule files and finds everything that is wrong with them. Messages and the places in them
 * are those of Prometheus 3.14, {@code model/rulefmt}; where there it goes by the chance of a map,
 * here it goes by the order of names.
 */
public final class RuleFileReader {
  /** Looks at a template without expanding it. */
  @FunctionalInterface
  public interface TemplateCheck {
    /**
     * Looks at one.
     *
     * @param name of the template, in messages
     * @param text with the variables that rules define in front
     * @throws TemplateException when it cannot be understood
     */
    void check(String name, String text) throws TemplateException;
  }

  private final ConfigFiles files;
  private final ExpressionParser parser;
  private final TemplateCheck templates;
  private final NameScheme names;
  private final Syntax syntax;

  /**
   * Makes a reader.
   *
   * @param parser of expressions
   * @param names which names are valid
   * @param ignoreUnknownFields whether keys that nobody knows are left out rather than wrong
   */
  public RuleFileReader(
      ConfigFiles files,
      ExpressionParser parser,
      TemplateCheck templates,
      NameScheme names,
      boolean ignoreUnknownFields) {
    this.files = files;
    this.parser = parser;
    this.templates = templates;
    this.names = names;
    this.syntax = ignoreUnknownFields ? Syntax.LENIENT_YAML : Syntax.YAML;
  }

  /**
   * Reads a file.
   *
   * @param name as it is shown
   * @param interval of groups that do not say
   */
  public CheckedFile read(Path file, String name, Duration interval) {
    try {
      return check(name, Files.readAllBytes(file), interval);
    } catch (NoSuchFileException e) {
      return unreadable(name, "open " + name + ": no such file or directory");
    } catch (IOException e) {
      return unreadable(
          name,
          Files.isDirectory(file)
              ? "read " + name + ": is a directory"
              : "open " + name + ": " + reason(file, e));
    }
  }

  private static String reason(Path file, IOException e) {
    return Files.exists(file) && !Files.isReadable(file)
        ? "permission denied"
        : String.valueOf(e.getMessage());
  }

  private static CheckedFile unreadable(String name, String reason) {
    return new CheckedFile(name, List.of(), List.of(name + ": " + reason), List.of());
  }

  /**
   * The messages of one text, each of which has the file and the place already. A line without is
   * the rest of a message that shows a line break of the file.
   */
  private static List<String> messages(String name, String text) {
    List<String> messages = new ArrayList<>();
    for (String line : text.lines().toList()) {
      if (messages.isEmpty() || line.startsWith(name)) {
        messages.add(line);
      } else {
        messages.add(messages.removeLast() + "\\n" + line);
      }
    }
    return messages;
  }

  /** Reads what a file holds; see {@link #read}. */
  public CheckedFile check(String name, byte[] content, Duration interval) {
    Located<RuleFile> located;
    try {
      located = files.locate(name, content, ConfigShape.of(RuleFile.class), syntax);
    } catch (ConfigException e) {
      return new CheckedFile(
          name, List.of(), messages(name, String.valueOf(e.getMessage())), List.of());
    }
    List<String> errors = new ArrayList<>();
    List<GroupDefinition> groups = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    List<Group> all = located.value().groups();
    for (int i = 0; i < all.size(); i++) {
      Group group = all.get(i);
      String path = "groups[" + i + "]";
      Place place = located.places().of(path);
      if (group.name().isEmpty()) {
        errors.add(place + ": Groupname must not be empty");
      }
      if (!seen.add(group.name())) {
        errors.add(place + ": groupname: \"" + group.name() + "\" is repeated in the same file");
      }
      labels(group.labels(), errors);
      groups.add(definition(name, group, path, interval, located.places(), errors));
    }
    return new CheckedFile(
        name,
        groups,
        errors.stream().map(error -> name + ": " + error).toList(),
        located.warnings());
  }

  private GroupDefinition definition(
      String file,
      Group group,
      String path,
      Duration interval,
      Places places,
      List<String> errors) {
    List<RuleDefinition> rules = new ArrayList<>();
    for (int i = 0; i < group.rules().size(); i++) {
      Rule rule = group.rules().get(i);
      Found found = new Found(path + ".rules[" + i + "]", places);
      ParsedQuery parsed = check(rule, found);
      for (String error : found.errors) {
        String where =
            "group "
                + Quoting.quote(group.name())
                + ", rule "
                + (i + 1)
                + ", "
                + Quoting.quote(rule.name())
                + ": ";
        int text = error.indexOf('\0');
        errors.add(error.substring(0, text) + where + error.substring(text + 1));
      }
      if (parsed != null && found.errors.isEmpty()) {
        rules.add(definition(group, rule, parsed));
      }
    }
    return new GroupDefinition(
        file,
        group.name(),
        group.interval().isZero() ? interval : group.interval(),
        Optional.ofNullable(group.queryOffset()),
        group.limit(),
        rules);
  }

  private static RuleDefinition definition(Group group, Rule rule, ParsedQuery parsed) {
    SortedMap<String, String> labels = new TreeMap<>(group.labels());
    labels.putAll(rule.labels());
    return new RuleDefinition(
        !rule.alert().isEmpty(),
        rule.name(),
        parsed.text(),
        parsed.selectors(),
        rule.holdFor(),
        rule.keepFiringFor(),
        labels,
        new TreeMap<>(rule.annotations()));
  }

  /** What is wrong with a rule: a place, a NUL and a text each. */
  private static final class Found {
    private final String path;
    private final Places places;
    private final List<String> errors = new ArrayList<>();

    Found(String path, Places places) {
      this.path = path;
      this.places = places;
    }

    void at(String key, String message) {
      add(places.of(path + "." + key) + ": ", message);
    }

    void atNames(String message) {
      add(places.of(path + ".record") + ": " + places.of(path + ".alert") + ": ", message);
    }

    void anywhere(String message) {
      add("", message);
    }

    /** A name in a message may have line breaks; a message has none. */
    private void add(String place, String message) {
      errors.add(place + "\0" + message.replace("\n", "\\n"));
    }
  }

  private @Nullable ParsedQuery check(Rule rule, Found found) {
    boolean recording = !rule.record().isEmpty();
    if (recording && !rule.alert().isEmpty()) {
      found.atNames("only one of 'record' and 'alert' must be set");
    }
    if (rule.name().isEmpty()) {
      found.atNames("one of 'record' or 'alert' must be set");
    }
    ParsedQuery parsed = null;
    if (rule.expr().isEmpty()) {
      found.at("expr", "field 'expr' must be set in rule");
    } else {
      try {
        parsed = parser.parse(rule.expr());
      } catch (QueryException e) {
        found.at("expr", "could not parse expression: " + e.getMessage());
      }
    }
    if (recording) {
      recording(rule, found);
    }
    List<String> ofLabels = new ArrayList<>();
    labels(rule.labels(), ofLabels);
    ofLabels.forEach(found::anywhere);
    for (String name : new TreeMap<>(rule.annotations()).keySet()) {
      if (!names.isLabelName(name)) {
        found.anywhere("invalid annotation name: " + name);
      }
    }
    if (!rule.alert().isEmpty()) {
      template(rule, "label", rule.labels(), found);
      template(rule, "annotation", rule.annotations(), found);
    }
    return parsed;
  }

  private void recording(Rule rule, Found found) {
    if (!rule.annotations().isEmpty()) {
      found.at("record", "invalid field 'annotations' in recording rule");
    }
    if (!rule.holdFor().isZero()) {
      found.at("record", "invalid field 'for' in recording rule");
    }
    if (!rule.keepFiringFor().isZero()) {
      found.at("record", "invalid field 'keep_firing_for' in recording rule");
    }
    if (!names.isMetricName(rule.record())) {
      found.at("record", "invalid recording rule name: " + rule.record());
    }
    // What was meant to be the expression, or a part of it.
    if (rule.record().contains("{") || rule.record().contains("}")) {
      found.at(
          "record",
          "braces present in the recording rule name; should it be in expr?: " + rule.record());
    }
  }

  private void labels(Map<String, String> labels, List<String> errors) {
    for (Map.Entry<String, String> label : new TreeMap<>(labels).entrySet()) {
      if (!names.isLabelName(label.getKey()) || label.getKey().equals(LabelNames.METRIC_NAME)) {
        errors.add("invalid label name: " + label.getKey());
      }
      if (!label.getValue().isEmpty() && !LabelNames.isValid(label.getValue())) {
        errors.add("invalid label value: " + label.getValue());
      }
    }
  }

  private void template(Rule rule, String kind, Map<String, String> texts, Found found) {
    for (Map.Entry<String, String> text : new TreeMap<>(texts).entrySet()) {
      try {
        AlertText.check(templates, rule.alert(), text.getValue());
      } catch (TemplateException e) {
        found.anywhere(kind + " " + Quoting.quote(text.getKey()) + ": " + e.getMessage());
      }
    }
  }
}
