package io.narthex.api.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.narthex.api.Api;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression as Prometheus uses them everywhere: RE2 syntax, anchored at both ends,
 * {@code .} matches a line feed too, linear time. Immutable; safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Regex {
  /** What RE2/J makes of {@link Pattern#DOTALL}. */
  private static final String FLAG = "(?s)";

  private static final String META = "\\.+*?()|[]{}^$";

  private final String text;
  private final Pattern pattern;
  private final @Nullable String literal;

  private Regex(String text, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
    this.literal = isLiteral(text) ? text : null;
  }

  /**
   * Compiles an expression. It may nest 1,000 groups, its repetitions may multiply to 1,000, and it
   * may come to a million steps.
   *
   * @throws PatternSyntaxException (RE2/J's, a {@link RuntimeException}) when it is none, or too
   *     large; the message is what Go's {@code regexp} says. {@link Matcher} and configuration
   *     records turn it into an {@link IllegalArgumentException}
   */
  public static Regex compile(String text) {
    try {
      RegexLimits.check(text);
      return new Regex(text, Pattern.compile(text, Pattern.DOTALL));
    } catch (PatternSyntaxException e) {
      throw asGo(text, e);
    } catch (StackOverflowError e) {
      // RE2/J parses by recursion and keeps nothing between two calls. On a thread with a small
      // stack
      // it may come to this below the limit that was checked above.
      throw new PatternSyntaxException(RegexLimits.TOO_DEEP, text);
    }
  }

  /**
   * RE2/J quotes the flag that it has put in front, takes a surplus parenthesis for a fault of its
   * own, and leaves out an empty quotation.
   */
  private static PatternSyntaxException asGo(String text, PatternSyntaxException e) {
    String quoted = e.getPattern() == null ? "" : e.getPattern();
    if (quoted.equals("stack underflow")) {
      return new PatternSyntaxException("unexpected )", text);
    }
    return new PatternSyntaxException(
        String.valueOf(e.getDescription()),
        quoted.startsWith(FLAG) ? quoted.substring(FLAG.length()) : quoted);
  }

  /** The expression as written. */
  public String text() {
    return text;
  }

  /** Whether the whole of {@code value} matches. */
  public boolean matches(String value) {
    return literal != null ? literal.equals(value) : pattern.matcher(value).matches();
  }

  /**
   * Matches the whole of {@code value} and expands a replacement as Go's {@code Regexp.Expand}
   * does: {@code $1}, {@code ${1}}, {@code $name}, {@code ${name}}; {@code $$} for a dollar sign. A
   * reference without braces is as long as possible, so {@code $1x} is the group named {@code 1x}.
   * A group that does not exist, or has no part in the match, is empty. A {@code $} that begins no
   * reference stands for itself.
   *
   * @return the expansion, or null when {@code value} does not match
   */
  public @Nullable String expand(String value, String replacement) {
    com.google.re2j.Matcher m = pattern.matcher(value);
    if (!m.matches()) {
      return null;
    }
    if (replacement.indexOf('$') < 0) {
      return replacement;
    }
    StringBuilder out = new StringBuilder();
    int i = 0;
    while (i < replacement.length()) {
      char c = replacement.charAt(i);
      if (c != '$' || i + 1 == replacement.length()) {
        out.append(c);
        i++;
        continue;
      }
      if (replacement.charAt(i + 1) == '$') {
        out.append('$');
        i += 2;
        continue;
      }
      boolean braced = replacement.charAt(i + 1) == '{';
      int start = braced ? i + 2 : i + 1;
      int end = start;
      while (end < replacement.length() && isNamePart(replacement.codePointAt(end))) {
        end += Character.charCount(replacement.codePointAt(end));
      }
      if (end == start
          || (braced && (end == replacement.length() || replacement.charAt(end) != '}'))) {
        // Go leaves a malformed reference as it stands.
        out.append('$');
        i++;
        continue;
      }
      String group = group(m, replacement.substring(start, end));
      if (group != null) {
        out.append(group);
      }
      i = braced ? end + 1 : end;
    }
    return out.toString();
  }

  private @Nullable String group(com.google.re2j.Matcher m, String name) {
    boolean digits = name.chars().allMatch(c -> c >= '0' && c <= '9');
    // To Go, digits behind a leading zero, and nine or more of them, are a name.
    if (digits && name.length() < 9 && (name.length() == 1 || name.charAt(0) != '0')) {
      int n = Integer.parseInt(name);
      return n <= m.groupCount() ? m.group(n) : null;
    }
    return pattern.namedGroups().containsKey(name) ? m.group(name) : null;
  }

  private static boolean isNamePart(int c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  private static boolean isLiteral(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (META.indexOf(text.charAt(i)) >= 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Regex r && text.equals(r.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
