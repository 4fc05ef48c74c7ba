package io.narthex.kernel.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a command line by kingpin's rules: {@code --x=v} and {@code --x v}, {@code --x} and {@code
 * --no-x} for booleans (which take no value), repeated flags for lists, {@code -x} and {@code -xv}
 * for short ones, {@code --} before arguments, of which no program here takes any.
 */
final class Flags {
  /** How deep argument files may name others, so that two cannot name each other for ever. */
  private static final int MAX_FILES = 10;

  private final Map<String, Setting> longFlags = new LinkedHashMap<>();
  private final Map<Character, Setting> shortFlags = new HashMap<>();
  private final Set<String> withoutEffect = new LinkedHashSet<>();
  private final Map<String, String> refused;

  /**
   * Takes settings that have a flag.
   *
   * @param aliases other names: the program's, and the one it means here
   * @param withoutEffect flags that are accepted and ignored; a name ending in {@code !} takes no
   *     value; those that a setting has do work
   */
  Flags(
      Collection<Setting> settings, Map<String, String> aliases, Collection<String> withoutEffect) {
    this(settings, aliases, withoutEffect, Map.of());
  }

  /**
   * The same.
   *
   * @param refused flags that cannot be accepted, with the reason; those that a setting has can
   */
  Flags(
      Collection<Setting> settings,
      Map<String, String> aliases,
      Collection<String> withoutEffect,
      Map<String, String> refused) {
    this.refused = Map.copyOf(refused);
    for (Setting setting : settings) {
      if (setting.hasFlag() && longFlags.putIfAbsent(setting.flag(), setting) == null) {
        if (setting.shortName() != ' ') {
          shortFlags.putIfAbsent(setting.shortName(), setting);
        }
      }
    }
    aliases.forEach((name, meant) -> {
      Setting setting = longFlags.get(meant);
      if (setting != null) {
        longFlags.putIfAbsent(name, setting.named(name));
      }
    });
    for (String name : withoutEffect) {
      String bare = name.endsWith("!") ? name.substring(0, name.length() - 1) : name;
      if (!longFlags.containsKey(bare)) {
        this.withoutEffect.add(name);
      }
    }
  }

  /** All flags by name, aliases among them, in the order of declaration. */
  Collection<Setting> all() {
    return longFlags.values();
  }

  /**
   * A command line that was understood.
   *
   * @param given the texts of each flag that was given, by its setting; one for a flag that is not
   *     a list
   * @param ignored flags without effect
   * @param unknown flags that nobody declares; only when these are tolerated
   */
  record Parsed(Map<Setting, List<String>> given, Set<String> ignored, Set<String> unknown) {
    boolean has(String flag) {
      return value(flag) != null;
    }

    /** The last text of a flag; null when it was not given. */
    @Nullable String value(String flag) {
      for (Map.Entry<Setting, List<String>> entry : given.entrySet()) {
        if (entry.getKey().flag().equals(flag)) {
          List<String> texts = entry.getValue();
          return texts.get(texts.size() - 1);
        }
      }
      return null;
    }
  }

  /**
   * Reads a command line.
   *
   * @param tolerant whether unknown flags are skipped with what looks like their value: for a look
   *     before plugins are loaded, or after one has gone
   */
  Parsed parse(List<String> arguments, boolean tolerant) throws FlagException {
    Map<Setting, List<String>> given = new LinkedHashMap<>();
    Set<String> ignored = new LinkedHashSet<>();
    Set<String> unknown = new LinkedHashSet<>();
    Deque<String> rest = new ArrayDeque<>(arguments);
    while (!rest.isEmpty()) {
      String argument = rest.pop();
      if (argument.equals("--")) {
        if (!rest.isEmpty() && !tolerant) {
          throw new FlagException("unexpected " + rest.peek());
        }
        break;
      } else if (argument.startsWith("--")) {
        longFlag(argument, rest, given, ignored, unknown, tolerant);
      } else if (argument.startsWith("-")) {
        shortFlag(argument, rest, given, tolerant);
      } else if (!tolerant) {
        throw new FlagException("unexpected " + argument);
      }
    }
    return new Parsed(given, ignored, unknown);
  }

  private void longFlag(
      String argument,
      Deque<String> rest,
      Map<Setting, List<String>> given,
      Set<String> ignored,
      Set<String> unknown,
      boolean tolerant)
      throws FlagException {
    int equals = argument.indexOf('=');
    String name = equals < 0 ? argument.substring(2) : argument.substring(2, equals);
    String attached = equals < 0 ? null : argument.substring(equals + 1);
    Setting setting = longFlags.get(name);
    boolean inverted = false;
    if (setting == null && name.startsWith("no-")) {
      setting = longFlags.get(name.substring(3));
      inverted = true;
      if (setting != null && !setting.isBoolean()) {
        setting = null;
      }
    }
    if (setting == null) {
      boolean bare = withoutEffect.contains(name + "!");
      boolean bareInverted =
          name.startsWith("no-") && withoutEffect.contains(name.substring(3) + "!");
      if (bare || bareInverted) {
        refuseAttached(attached, tolerant);
        ignored.add("--" + name);
      } else if (withoutEffect.contains(name)) {
        takeValue("--" + name, attached, rest);
        ignored.add("--" + name);
      } else if (tolerant) {
        unknown.add("--" + name);
        if (attached == null && !rest.isEmpty() && !rest.peek().startsWith("-")) {
          rest.pop();
        }
      } else {
        String reason = refused.get(name);
        throw reason == null
            ? unknown("--" + name)
            : new FlagException("flag '--" + name + "' cannot be used: " + reason);
      }
      return;
    }
    if (setting.isBoolean()) {
      refuseAttached(attached, tolerant);
      add(setting, inverted ? "false" : "true", given);
    } else {
      add(setting, takeValue("--" + name, attached, rest), given);
    }
  }

  /** Kingpin takes {@code --bool=true} as {@code --bool} and an argument. */
  private static void refuseAttached(@Nullable String attached, boolean tolerant)
      throws FlagException {
    if (attached != null && !tolerant) {
      throw new FlagException("unexpected " + attached);
    }
  }

  private static String takeValue(String flag, @Nullable String attached, Deque<String> rest)
      throws FlagException {
    if (attached != null) {
      return attached;
    }
    if (rest.isEmpty() || (rest.peek().startsWith("-") && !rest.peek().equals("--"))) {
      throw new FlagException("expected argument for flag '" + flag + "'");
    }
    if (rest.peek().equals("--")) {
      rest.pop();
      if (rest.isEmpty()) {
        throw new FlagException("expected argument for flag '" + flag + "'");
      }
    }
    return rest.pop();
  }

  private void shortFlag(
      String argument, Deque<String> rest, Map<Setting, List<String>> given, boolean tolerant)
      throws FlagException {
    Setting setting = argument.length() < 2 ? null : shortFlags.get(argument.charAt(1));
    if (setting == null) {
      if (!tolerant) {
        String name = argument.length() < 2 ? "-" : argument.substring(0, 2);
        throw new FlagException("unknown short flag '" + name + "'");
      }
      return;
    }
    String flag = argument.substring(0, 2);
    String attached = argument.length() > 2 ? argument.substring(2) : null;
    if (setting.isBoolean()) {
      add(setting, "true", given);
      if (attached != null) {
        rest.push("-" + attached);
      }
    } else {
      add(setting, takeValue(flag, attached, rest), given);
    }
  }

  private static void add(Setting setting, String text, Map<Setting, List<String>> given)
      throws FlagException {
    // An alias and the name it stands for are one flag.
    Setting same = setting;
    for (Setting other : given.keySet()) {
      if (!setting.path().isEmpty() && other.path().equals(setting.path())) {
        same = other;
      }
    }
    List<String> texts = given.computeIfAbsent(same, s -> new ArrayList<>());
    if (!texts.isEmpty() && !setting.list()) {
      throw new FlagException("flag '" + setting.flag() + "' cannot be repeated");
    }
    texts.add(text);
  }

  private FlagException unknown(String flag) {
    Set<String> names = new LinkedHashSet<>(longFlags.keySet());
    longFlags.values().stream()
        .filter(Setting::isBoolean)
        .forEach(s -> names.add("no-" + s.flag()));
    String nearest = Nearest.of(flag.substring(2), names);
    return new FlagException(
        "unknown long flag '"
            + flag
            + "'"
            + (nearest == null ? "" : ", did you mean '--" + nearest + "'?"));
  }

  /**
   * Puts in place of {@code @file} the lines of that file, each an argument; lines that start with
   * {@code #} are left out, and what follows {@code --} is left alone.
   *
   * @throws FlagException when a file cannot be read
   */
  static List<String> expand(List<String> arguments, Path workingDirectory) throws FlagException {
    List<String> expanded = new ArrayList<>();
    expand(arguments, workingDirectory, 0, expanded);
    return expanded;
  }

  private static void expand(
      List<String> arguments, Path workingDirectory, int depth, List<String> into)
      throws FlagException {
    for (String argument : arguments) {
      if (!argument.startsWith("@") || into.contains("--")) {
        into.add(argument);
        continue;
      }
      String name = argument.substring(1);
      if (name.isEmpty()) {
        throw new FlagException("expected @ file to expand arguments from");
      }
      if (depth == MAX_FILES) {
        throw new FlagException("cannot read arguments from \"" + name + "\": too many files deep");
      }
      List<String> lines;
      try {
        lines = Files.readAllLines(workingDirectory.resolve(name));
      } catch (IOException | InvalidPathException e) {
        String reason =
            e instanceof NoSuchFileException ? "no such file or directory" : e.toString();
        throw new FlagException(
            "failed to open arguments file \"" + name + "\": open " + name + ": " + reason);
      }
      lines.removeIf(line -> line.startsWith("#"));
      expand(lines, workingDirectory, depth + 1, into);
    }
  }
}
