package io.narthex.storage.tsdb.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The flags and arguments of a call, as Prometheus's tools take them: {@code --name=value}, {@code
 * --name value}, {@code --switch}, {@code --no-switch}, {@code -rq}, anywhere among the arguments;
 * {@code --} ends the flags. Errors are worded as there.
 */
final class Flags {
  /** A call that makes no sense. */
  static final class WrongCall extends Exception {
    private static final long serialVersionUID = 1L;

    WrongCall(String message) {
      super(message);
    }
  }

  /** What a command takes. */
  static final class Syntax {
    private final Map<String, Boolean> flags = new HashMap<>();
    private final Map<Character, String> letters = new HashMap<>();
    private final List<String> arguments = new ArrayList<>();
    private int required;

    /** A flag without a value; {@code letter} 0 for none. */
    Syntax toggle(String name, char letter) {
      flags.put(name, false);
      if (letter != 0) {
        letters.put(letter, name);
      }
      return this;
    }

    /** A flag with a value. */
    Syntax value(String name) {
      flags.put(name, true);
      return this;
    }

    /** An argument that must be given; stands before those that need not. */
    Syntax required(String name) {
      arguments.add(name);
      required++;
      return this;
    }

    /** An argument that may be given. */
    Syntax optional(String name) {
      arguments.add(name);
      return this;
    }

    /** Takes a call apart. */
    Flags read(List<String> words) throws WrongCall {
      Flags result = new Flags();
      boolean flagsEnded = false;
      for (int i = 0; i < words.size(); i++) {
        String word = words.get(i);
        if (flagsEnded || !word.startsWith("-") || word.equals("-")) {
          if (result.arguments.size() == arguments.size()) {
            throw new WrongCall("unexpected " + word);
          }
          result.arguments.add(word);
        } else if (word.equals("--")) {
          flagsEnded = true;
        } else if (word.startsWith("--")) {
          i = longFlag(words, i, result);
        } else {
          i = shortFlags(words, i, result);
        }
      }
      if (result.arguments.size() < required) {
        throw new WrongCall(
            "required argument '" + arguments.get(result.arguments.size()) + "' not provided");
      }
      return result;
    }

    private int longFlag(List<String> words, int at, Flags result) throws WrongCall {
      String word = words.get(at);
      int equals = word.indexOf('=');
      String name = word.substring(2, equals < 0 ? word.length() : equals);
      boolean off = false;
      Boolean takesValue = flags.get(name);
      if (takesValue == null && name.startsWith("no-")) {
        takesValue = flags.get(name.substring(3));
        off = takesValue != null && !takesValue;
        name = off ? name.substring(3) : name;
        takesValue = off ? takesValue : null;
      }
      if (takesValue == null) {
        throw new WrongCall("unknown long flag '--" + name + "'");
      }
      if (!takesValue) {
        if (equals >= 0) {
          throw new WrongCall("unexpected " + word.substring(equals + 1));
        }
        result.set(name, off ? "false" : "true");
        return at;
      }
      if (equals >= 0) {
        result.set(name, word.substring(equals + 1));
        return at;
      }
      return following(words, at, name, "--" + name, result);
    }

    private int shortFlags(List<String> words, int at, Flags result) throws WrongCall {
      String word = words.get(at);
      for (int k = 1; k < word.length(); k++) {
        String name = letters.get(word.charAt(k));
        if (name == null) {
          throw new WrongCall("unknown short flag '-" + word.charAt(k) + "'");
        }
        result.set(name, "true");
      }
      return at;
    }

    private static int following(
        List<String> words, int at, String name, String shown, Flags result) throws WrongCall {
      if (at + 1 == words.size()
          || (words.get(at + 1).startsWith("-")
              && words.get(at + 1).length() > 1
              && !Character.isDigit(words.get(at + 1).charAt(1)))) {
        throw new WrongCall("expected argument for flag '" + shown + "'");
      }
      result.set(name, words.get(at + 1));
      return at + 1;
    }
  }

  private final Map<String, List<String>> values = new HashMap<>();
  private final List<String> arguments = new ArrayList<>();

  private Flags() {}

  private void set(String name, String value) {
    values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  boolean on(String name) {
    return "true".equals(last(name, "false"));
  }

  /** The value given last. */
  String last(String name, String otherwise) {
    List<String> all = values.get(name);
    return all == null ? otherwise : all.getLast();
  }

  /** All values given. */
  List<String> all(String name, String otherwise) {
    List<String> all = values.get(name);
    return all == null ? List.of(otherwise) : List.copyOf(all);
  }

  /** A whole number of 64 bits. */
  long number(String name, long otherwise) throws WrongCall {
    String text = last(name, "");
    if (!values.containsKey(name)) {
      return otherwise;
    }
    String digits = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new WrongCall("strconv.ParseInt: parsing " + quote(text) + ": invalid syntax");
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new WrongCall("strconv.ParseInt: parsing " + quote(text) + ": value out of range");
    }
  }

  /** A number that Go reads as a float and takes as an integer. */
  int integer(String name, int otherwise) throws WrongCall {
    if (!values.containsKey(name)) {
      return otherwise;
    }
    String text = last(name, "");
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    Floats floats = new Floats();
    if (floats.read(bytes, 0, bytes.length) != Floats.Outcome.OK) {
      throw new WrongCall("strconv.ParseFloat: parsing " + quote(text) + ": invalid syntax");
    }
    return (int) floats.value;
  }

  /** Go's duration, in milliseconds. */
  long milliseconds(String name, long otherwise) throws WrongCall {
    if (!values.containsKey(name)) {
      return otherwise;
    }
    return GoText.parseDuration(last(name, ""));
  }

  /** The values given as {@code key=value}, or {@code key:value}. */
  Map<String, String> pairs(String name) throws WrongCall {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : values.getOrDefault(name, List.of())) {
      int at = -1;
      for (int i = 0; i < pair.length() && at < 0; i++) {
        if (pair.charAt(i) == '=' || pair.charAt(i) == ':') {
          at = i;
        }
      }
      if (at < 0) {
        throw new WrongCall("expected KEY=VALUE got '" + pair + "'");
      }
      pairs.put(pair.substring(0, at), pair.substring(at + 1));
    }
    return pairs;
  }

  /** Argument {@code i}. */
  String argument(int i, String otherwise) {
    return i < arguments.size() ? arguments.get(i) : otherwise;
  }

  private static String quote(String text) {
    return io.narthex.api.model.Quoting.quote(text);
  }
}
