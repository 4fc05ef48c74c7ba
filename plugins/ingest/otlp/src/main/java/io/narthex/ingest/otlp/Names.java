package io.narthex.ingest.otlp;

import io.narthex.api.model.Quoting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Names of metrics, units and labels as Prometheus makes them of OpenTelemetry's. Sources: the
 * OpenTelemetry specification 1.38, "Prometheus and OpenMetrics Compatibility"; {@code
 * prometheus/otlptranslator} 1.0. Immutable.
 */
final class Names {
  /** What kind of metric a name is for; it decides about the suffix. */
  enum Kind {
    GAUGE,
    MONOTONIC_SUM,
    OTHER
  }

  /** Units of the Unified Code for Units of Measure that are written out. */
  private static final Map<String, String> UNITS =
      Map.ofEntries(
          Map.entry("d", "days"),
          Map.entry("h", "hours"),
          Map.entry("min", "minutes"),
          Map.entry("s", "seconds"),
          Map.entry("ms", "milliseconds"),
          Map.entry("us", "microseconds"),
          Map.entry("ns", "nanoseconds"),
          Map.entry("By", "bytes"),
          Map.entry("KiBy", "kibibytes"),
          Map.entry("MiBy", "mebibytes"),
          Map.entry("GiBy", "gibibytes"),
          // Not tebibytes: the name is Prometheus's.
          Map.entry("TiBy", "tibibytes"),
          Map.entry("KBy", "kilobytes"),
          Map.entry("MBy", "megabytes"),
          Map.entry("GBy", "gigabytes"),
          Map.entry("TBy", "terabytes"),
          Map.entry("m", "meters"),
          Map.entry("V", "volts"),
          Map.entry("A", "amperes"),
          Map.entry("J", "joules"),
          Map.entry("W", "watts"),
          Map.entry("g", "grams"),
          Map.entry("Cel", "celsius"),
          Map.entry("Hz", "hertz"),
          Map.entry("1", ""),
          Map.entry("%", "percent"));

  /** Units behind a slash, which are one of their kind: bytes per second. */
  private static final Map<String, String> UNITS_PER =
      Map.of(
          "s", "second",
          "m", "minute",
          "h", "hour",
          "d", "day",
          "w", "week",
          "mo", "month",
          "y", "year");

  private final TranslationStrategy strategy;
  private final boolean sanitizesUnderscore;
  private final boolean keepsUnderscores;

  Names(OtlpConfig config) {
    strategy = config.strategy();
    sanitizesUnderscore = config.labelNameUnderscoreSanitization();
    keepsUnderscores = config.labelNamePreserveMultipleUnderscores();
  }

  /**
   * The name of a metric without {@code _sum}, {@code _bucket} and the like.
   *
   * @throws UntranslatableException when nothing but underscores would be left
   */
  String metric(String name, String unit, Kind kind) throws UntranslatableException {
    if (!strategy.escapes && !name.isEmpty()) {
      return strategy.addsSuffixes ? withSuffixes(name, unit, kind) : name;
    }
    String compliant =
        strategy.addsSuffixes
            ? compliantWithSuffixes(name, unit, kind)
            : underscoreBeforeDigit(join(tokens(name, true)));
    if (compliant.isEmpty()) {
      throw new UntranslatableException(
          "normalization for metric " + Quoting.quote(name) + " resulted in empty name");
    }
    if (!compliant.equals(name) && hasUnderscoresOnly(compliant)) {
      throw new UntranslatableException(
          "normalization for metric "
              + Quoting.quote(name)
              + " resulted in invalid name "
              + Quoting.quote(compliant));
    }
    return compliant;
  }

  private static String compliantWithSuffixes(String name, String unit, Kind kind) {
    List<String> tokens = tokens(name, false);
    String main = cleanUnit(mainUnit(unit));
    String per = cleanUnit(perUnit(unit));
    if (tokens.contains(main)) {
      main = "";
    }
    if (per.equals("per_")) {
      per = "";
    } else {
      per = trimUnderscore(per);
      if (tokens.contains(per)) {
        per = "";
      }
    }
    if (!per.isEmpty()) {
      main = trimUnderscore(main);
    }
    if (!main.isEmpty()) {
      tokens.add(main);
    }
    if (!per.isEmpty()) {
      tokens.add(per);
    }
    if (kind == Kind.MONOTONIC_SUM) {
      tokens.removeIf("total"::equals);
      tokens.add("total");
    }
    if (kind == Kind.GAUGE && unit.equals("1")) {
      tokens.removeIf("ratio"::equals);
      tokens.add("ratio");
    }
    return underscoreBeforeDigit(join(tokens));
  }

  private static String withSuffixes(String name, String unit, Kind kind) {
    boolean ratio = kind == Kind.GAUGE && unit.equals("1");
    boolean total = kind == Kind.MONOTONIC_SUM;
    String out = name;
    if (ratio) {
      out = withoutSuffix(out, "ratio");
    }
    if (total) {
      out = withoutSuffix(out, "total");
    }
    String main = mainUnit(unit);
    String per = perUnit(unit);
    if (!per.isEmpty()) {
      out = withoutSuffix(out, per);
    }
    if (!main.isEmpty() && !out.endsWith(main)) {
      out += "_" + main;
    }
    if (!per.isEmpty()) {
      out += "_" + per;
    }
    if (total) {
      out += "_total";
    }
    return ratio ? out + "_ratio" : out;
  }

  /** Without the suffix and the character before it, whatever that is. */
  private static String withoutSuffix(String name, String suffix) {
    // Upstream counts bytes; the suffix and what is cut off with it are one byte each in practice,
    // and half a character would be no name.
    if (!name.endsWith(suffix) || name.length() <= suffix.length() + 1) {
      return name;
    }
    int end = name.length() - suffix.length();
    return name.substring(0, name.offsetByCodePoints(end, -1));
  }

  /** A unit as it stands in metadata and in the label {@code __unit__}; empty for none. */
  static String unit(String unit) {
    String main = cleanUnit(mainUnit(unit));
    String per = cleanUnit(perUnit(unit));
    String both = main.isEmpty() ? per : per.isEmpty() ? main : main + "_" + per;
    if (both.startsWith("_")) {
      both = both.substring(1);
    }
    return trimUnderscore(both);
  }

  private static String mainUnit(String unit) {
    int slash = unit.indexOf('/');
    String main = (slash < 0 ? unit : unit.substring(0, slash)).strip();
    return isAnnotation(main) ? "" : UNITS.getOrDefault(main, main);
  }

  private static String perUnit(String unit) {
    int slash = unit.indexOf('/');
    String per = slash < 0 ? "" : unit.substring(slash + 1).strip();
    return per.isEmpty() || isAnnotation(per) ? "" : "per_" + UNITS_PER.getOrDefault(per, per);
  }

  /** Whether it is what people are told and no unit, as {@code {packets}}. */
  private static boolean isAnnotation(String unit) {
    return unit.indexOf('{') >= 0 || unit.indexOf('}') >= 0;
  }

  private static String cleanUnit(String unit) {
    StringBuilder out = new StringBuilder(unit.length());
    for (int i = 0; i < unit.length(); ) {
      int c = unit.codePointAt(i);
      i += Character.charCount(c);
      if (isAlphanumeric(c) || c == ':') {
        out.append((char) c);
      } else if (!out.isEmpty() && out.charAt(out.length() - 1) != '_') {
        out.append('_');
      }
    }
    return out.toString();
  }

  /**
   * The name of a label.
   *
   * @throws UntranslatableException when the attribute has no name, or nothing but underscores
   *     would be left
   */
  String label(String name) throws UntranslatableException {
    if (name.isEmpty()) {
      throw new UntranslatableException("label name is empty");
    }
    if (!strategy.escapes) {
      if (hasUnderscoresOnly(name)) {
        throw new UntranslatableException(
            "label name " + Quoting.quote(name) + " contains only underscores");
      }
      return name;
    }
    String out = keepsUnderscores ? replaced(name) : collapsed(name);
    if (out.charAt(0) >= '0' && out.charAt(0) <= '9') {
      out = "key_" + out;
    } else if (sanitizesUnderscore && out.startsWith("_") && !out.startsWith("__")) {
      out = "key" + out;
    }
    if (hasUnderscoresOnly(out)) {
      throw new UntranslatableException(
          "normalization for label name "
              + Quoting.quote(name)
              + " resulted in invalid name "
              + Quoting.quote(out));
    }
    return out;
  }

  private static String replaced(String name) {
    StringBuilder out = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); ) {
      int c = name.codePointAt(i);
      i += Character.charCount(c);
      out.append(isAlphanumeric(c) ? (char) c : '_');
    }
    return out.toString();
  }

  private static String collapsed(String name) {
    boolean reserved = name.length() >= 4 && name.startsWith("__") && name.endsWith("__");
    String inner = reserved ? name.substring(2, name.length() - 2) : name;
    StringBuilder out = new StringBuilder(name.length());
    boolean underscore = false;
    for (int i = 0; i < inner.length(); ) {
      int c = inner.codePointAt(i);
      i += Character.charCount(c);
      if (isAlphanumeric(c)) {
        out.append((char) c);
        underscore = false;
      } else if (!underscore) {
        out.append('_');
        underscore = true;
      }
    }
    return reserved ? "__" + out + "__" : out.toString();
  }

  /** The parts of a name between characters that a name cannot have. */
  private static List<String> tokens(String name, boolean underscoresStay) {
    List<String> tokens = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= name.length(); i++) {
      boolean in =
          i < name.length()
              && (isAlphanumeric(name.charAt(i))
                  || name.charAt(i) == ':'
                  || (underscoresStay && name.charAt(i) == '_'));
      if (in) {
        continue;
      }
      if (i > start) {
        tokens.add(name.substring(start, i));
      }
      start = i + 1;
    }
    return tokens;
  }

  private static String join(List<String> tokens) {
    return String.join("_", tokens);
  }

  private static String underscoreBeforeDigit(String name) {
    return !name.isEmpty() && name.charAt(0) >= '0' && name.charAt(0) <= '9' ? "_" + name : name;
  }

  private static String trimUnderscore(String text) {
    return text.endsWith("_") ? text.substring(0, text.length() - 1) : text;
  }

  private static boolean isAlphanumeric(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  private static boolean hasUnderscoresOnly(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) != '_') {
        return false;
      }
    }
    return true;
  }
}
