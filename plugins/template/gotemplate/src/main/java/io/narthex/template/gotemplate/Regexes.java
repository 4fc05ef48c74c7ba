package io.narthex.template.gotemplate;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.narthex.api.model.Regex;
import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoText;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Regular expressions in templates, in linear time. */
final class Regexes {
  private static final int KEPT = 256;
  private static final int LONGEST_KEPT = 1_024;

  /** Texts that take no time to speak of, whatever the pattern. */
  private static final int SHORT = 1_024;

  /** Characters between two looks at the time; each may take as long as the pattern is. */
  private static final int CHECK_EVERY = 256;

  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  private Regexes() {}

  private static Pattern compile(String pattern) throws PatternSyntaxException {
    Pattern known = PATTERNS.get(pattern);
    if (known != null) {
      return known;
    }
    // Refuses what would take much memory, in Go's words.
    Regex.compile(pattern);
    Pattern compiled = Pattern.compile(pattern);
    if (pattern.length() <= LONGEST_KEPT) {
      if (PATTERNS.size() >= KEPT) {
        PATTERNS.clear();
      }
      PATTERNS.put(pattern, compiled);
    }
    return compiled;
  }

  /** A long text that looks at the time while it is read. */
  private record TimedText(String text, Budget budget, int[] reads) implements CharSequence {
    @Override
    public char charAt(int index) {
      if ((++reads[0] & (CHECK_EVERY - 1)) == 0) {
        try {
          budget.check();
        } catch (GoError e) {
          throw new Exhausted(e);
        }
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Leaves a regular expression. */
  private static final class Exhausted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient GoError error;

    Exhausted(GoError error) {
      super(error.text(), error, false, false);
      this.error = error;
    }
  }

  private static Matcher matcher(Pattern pattern, String text, Budget budget) {
    return pattern.matcher(text.length() > SHORT ? new TimedText(text, budget, new int[1]) : text);
  }

  /** Whether a text contains a match. */
  static boolean match(String pattern, String text, Budget budget) throws GoError {
    try {
      return matcher(compile(pattern), text, budget).find();
    } catch (PatternSyntaxException e) {
      throw new GoError(String.valueOf(e.getMessage()), e);
    } catch (Exhausted e) {
      throw e.error;
    }
  }

  /** A text with all matches replaced; {@code $1} and {@code ${name}} stand for groups. */
  static String replaceAll(String pattern, String replacement, String text, Budget budget)
      throws GoError {
    Pattern compiled;
    try {
      compiled = compile(pattern);
    } catch (PatternSyntaxException e) {
      String quoted = GoText.canBackquote(pattern) ? "`" + pattern + "`" : GoText.quote(pattern);
      throw new GoError("regexp: Compile(" + quoted + "): " + e.getMessage(), e);
    }
    try {
      return replaceAll(
          compiled, matcher(compiled, text, budget), replacement, text, budget.output());
    } catch (Exhausted e) {
      throw e.error;
    }
  }

  private static String replaceAll(
      Pattern compiled, Matcher matcher, String replacement, String text, int limit)
      throws GoError {
    StringBuilder out = new StringBuilder(text.length());
    int copied = 0;
    int from = 0;
    while (from <= text.length() && matcher.find(from)) {
      int start = matcher.start();
      int end = matcher.end();
      out.append(text, copied, start);
      // An empty match right behind another is none.
      if (end > copied || start == 0) {
        expand(out, compiled, matcher, replacement, limit);
      }
      copied = end;
      // An empty match goes on behind the next character, which may be a pair.
      int next =
          from < text.length() ? from + Character.charCount(text.codePointAt(from)) : from + 1;
      from = Math.max(next, end);
    }
    out.append(text, copied, text.length());
    if (out.length() > limit) {
      throw new GoError("text of more than " + limit + " characters");
    }
    return out.toString();
  }

  private static void expand(
      StringBuilder out, Pattern pattern, Matcher matcher, String replacement, int limit)
      throws GoError {
    int at = 0;
    while (at < replacement.length()) {
      int dollar = replacement.indexOf('$', at);
      if (dollar < 0) {
        dollar = replacement.length();
      }
      out.append(replacement, at, dollar);
      if (out.length() > limit) {
        throw new GoError("text of more than " + limit + " characters");
      }
      if (dollar == replacement.length()) {
        return;
      }
      at = dollar + 1;
      if (at < replacement.length() && replacement.charAt(at) == '$') {
        out.append('$');
        at++;
        continue;
      }
      boolean brace = at < replacement.length() && replacement.charAt(at) == '{';
      int start = brace ? at + 1 : at;
      int end = start;
      while (end < replacement.length() && isNameChar(replacement.charAt(end))) {
        end++;
      }
      if (end == start
          || (brace && (end == replacement.length() || replacement.charAt(end) != '}'))) {
        out.append('$');
        continue;
      }
      String group = group(pattern, matcher, replacement.substring(start, end));
      out.append(group);
      at = brace ? end + 1 : end;
    }
  }

  private static boolean isNameChar(char c) {
    return c == '_' || Character.isLetter(c) || Character.isDigit(c);
  }

  private static String group(Pattern pattern, Matcher matcher, String name) {
    boolean number = name.length() < 9 && name.chars().allMatch(c -> c >= '0' && c <= '9');
    number &= name.length() == 1 || name.charAt(0) != '0';
    Integer index = number ? Integer.valueOf(name) : pattern.namedGroups().get(name);
    if (index == null || index > matcher.groupCount()) {
      return "";
    }
    String group = matcher.group(index);
    return group == null ? "" : group;
  }
}
