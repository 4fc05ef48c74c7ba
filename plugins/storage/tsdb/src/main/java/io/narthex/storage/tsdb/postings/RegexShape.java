package io.narthex.storage.tsdb.postings;

import io.narthex.api.model.Regex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a regular expression comes to, as far as its text tells: a finite set of strings ({@code
 * a|b[12]?}), patterns of text and wildcards ({@code api-.+|.*-canary}), or at least a prefix.
 * Finds matching label values without running the expression, or with running it on few of them.
 *
 * <p>The text is expanded to <em>words</em>: strings in which {@link #ANY} stands for one code
 * point and {@link #RUN} for any number of them. A part that cannot be written so ({@code [a-z]+})
 * is replaced by a wildcard that matches more; the words are then a necessary condition only, and
 * the expression decides. Text that is not understood at all gives the single word {@link #RUN}. So
 * the shape may know little but is never wrong.
 *
 * <p>Immutable; safe for any number of threads.
 */
public final class RegexShape implements Predicate<String> {
  /** One code point. This and the next are no characters; a text that has them is given up. */
  private static final char ANY = '\ufffe';

  /** Any number of code points. */
  private static final char RUN = '\uffff';

  private static final String EVERYTHING = String.valueOf(RUN);
  private static final String NON_EMPTY = "" + ANY + RUN;

  private static final int MAX_WORDS = 10_000;
  private static final int MAX_CHARACTERS = 1 << 20;

  /** Beyond it the expression itself is not slower than one wildcard pattern after the other. */
  private static final int MAX_GLOBS = 64;

  private static final int MAX_CLASS = 16;
  private static final int MAX_DEPTH = 50;

  private final Regex regex;

  /** Whether a value that satisfies a word matches for certain. */
  private final boolean exact;

  private final boolean ignoreCase;
  private final Set<String> literals;

  /** Null when there are too many. */
  private final Glob @Nullable [] globs;

  private final String prefix;

  private RegexShape(Regex regex, Words words, boolean ignoreCase) {
    this.regex = regex;
    this.exact = words.exact;
    this.ignoreCase = ignoreCase;
    this.literals = new HashSet<>();
    List<String> patterns = new ArrayList<>();
    for (String word : words.list) {
      if (wild(word)) {
        patterns.add(word);
      } else {
        literals.add(word);
      }
    }
    if (patterns.contains(EVERYTHING)) {
      patterns = List.of(EVERYTHING);
    }
    if (patterns.size() > MAX_GLOBS) {
      globs = null;
    } else {
      globs = new Glob[patterns.size()];
      for (int i = 0; i < globs.length; i++) {
        globs[i] = new Glob(patterns.get(i));
      }
    }
    this.prefix = ignoreCase ? "" : commonPrefix(words.list);
  }

  /** Analyses an expression. Takes time proportional to its text, but for bounded expansions. */
  public static RegexShape of(Regex regex) {
    Parser parser = new Parser(regex.text());
    Words words;
    try {
      words = parser.parse();
    } catch (NotUnderstood e) {
      words = new Words(List.of(EVERYTHING), false);
    }
    return new RegexShape(regex, words, parser.ignoreCase);
  }

  /** The strings that match, when they are a finite set that is known; otherwise null. */
  public @Nullable Set<String> literals() {
    return exact && !ignoreCase && globs != null && globs.length == 0 ? literals : null;
  }

  /** Whether every string is known to match. */
  public boolean matchesEverything() {
    return exact && globs != null && globs.length == 1 && globs[0].word.equals(EVERYTHING);
  }

  /** Whether exactly the strings that are not empty are known to match. */
  public boolean matchesNonEmpty() {
    return exact
        && globs != null
        && globs.length == 1
        && globs[0].word.equals(NON_EMPTY)
        && !literals.contains("");
  }

  /** A prefix of all matching strings; "" when none is known. */
  public String prefix() {
    return prefix;
  }

  /** Whether the expression matches the whole of {@code value}. */
  @Override
  public boolean test(String value) {
    Glob[] patterns = globs;
    if (patterns == null) {
      return regex.matches(value);
    }
    String v = ignoreCase ? fold(value) : value;
    if (!literals.isEmpty() && literals.contains(v)) {
      return exact || regex.matches(value);
    }
    for (Glob glob : patterns) {
      if (glob.matches(v)) {
        return exact || regex.matches(value);
      }
    }
    return false;
  }

  private static boolean wild(String word) {
    return word.indexOf(ANY) >= 0 || word.indexOf(RUN) >= 0;
  }

  private static String commonPrefix(List<String> words) {
    if (words.isEmpty()) {
      return "";
    }
    String first = words.getFirst();
    int n = 0;
    while (n < first.length() && first.charAt(n) != ANY && first.charAt(n) != RUN) {
      n++;
    }
    for (String word : words) {
      n = Math.min(n, word.length());
      for (int i = 0; i < n; i++) {
        if (word.charAt(i) != first.charAt(i)) {
          n = i;
        }
      }
    }
    // Half a code point would not be a prefix in UTF-8.
    if (n > 0 && Character.isHighSurrogate(first.charAt(n - 1))) {
      n--;
    }
    return first.substring(0, n);
  }

  /** What is equal under RE2's case folding, for the folds that have an ASCII letter. */
  private static String fold(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (fold(value.charAt(i)) != value.charAt(i)) {
        char[] out = value.toCharArray();
        for (int j = i; j < out.length; j++) {
          out[j] = fold(out[j]);
        }
        return new String(out);
      }
    }
    return value;
  }

  private static char fold(char c) {
    if (c >= 'A' && c <= 'Z') {
      return (char) (c + 32);
    }
    return c == '\u212a' ? 'k' : c == '\u017f' ? 's' : c; // Kelvin sign, long s
  }

  /**
   * Words, one of which each matching string satisfies.
   *
   * @param exact whether each string that satisfies one matches
   */
  private record Words(List<String> list, boolean exact) {
    static final Words EMPTY = new Words(List.of(""), true);

    static Words of(String word, boolean exact) {
      return new Words(List.of(word), exact);
    }

    boolean is(String word) {
      return list.size() == 1 && list.getFirst().equals(word);
    }

    /**
     * Strings of this followed by one of {@code next}; matches more where that would be too many.
     */
    Words then(Words next) {
      if (next.is("")) {
        return new Words(list, exact && next.exact);
      }
      if ((long) list.size() * next.list.size() > MAX_WORDS
          || characters(list) * next.list.size() + characters(next.list) * list.size()
              > MAX_CHARACTERS) {
        return thenAnything();
      }
      List<String> out = new ArrayList<>(list.size() * next.list.size());
      for (String a : list) {
        for (String b : next.list) {
          boolean twice = a.endsWith(EVERYTHING) && b.startsWith(EVERYTHING);
          out.add(twice ? a + b.substring(1) : a + b);
        }
      }
      return new Words(out, exact && next.exact);
    }

    Words thenAnything() {
      List<String> out = new ArrayList<>(list.size());
      for (String a : list) {
        out.add(a.endsWith(EVERYTHING) ? a : a + RUN);
      }
      return new Words(out, false);
    }

    private static long characters(List<String> words) {
      long n = 0;
      for (String word : words) {
        n += word.length();
      }
      return n;
    }
  }

  /** Matches one word that has wildcards. */
  private static final class Glob {
    final String word;

    /** The text between runs when there is no {@link #ANY}; otherwise null. */
    private final String @Nullable [] texts;

    Glob(String word) {
      this.word = word;
      this.texts = word.indexOf(ANY) >= 0 ? null : split(word);
    }

    private static String[] split(String word) {
      List<String> out = new ArrayList<>();
      int from = 0;
      for (int at; (at = word.indexOf(RUN, from)) >= 0; from = at + 1) {
        out.add(word.substring(from, at));
      }
      out.add(word.substring(from));
      return out.toArray(new String[0]);
    }

    boolean matches(String value) {
      return texts == null ? matchesWild(value) : matchesTexts(texts, value);
    }

    /** First and last text stand at the ends, the others as far left as they can. */
    private static boolean matchesTexts(String[] texts, String value) {
      String first = texts[0];
      String last = texts[texts.length - 1];
      int from = first.length();
      int to = value.length() - last.length();
      if (from > to || !value.startsWith(first) || !value.endsWith(last)) {
        return false;
      }
      for (int i = 1; i < texts.length - 1; i++) {
        int at = value.indexOf(texts[i], from);
        if (at < 0) {
          return false;
        }
        from = at + texts[i].length();
        if (from > to) {
          return false;
        }
      }
      return true;
    }

    /** Goes back to the latest run only: an earlier one need not take more. */
    private boolean matchesWild(String value) {
      int w = 0;
      int v = 0;
      int runWord = -1;
      int runValue = 0;
      while (v < value.length()) {
        char c = w < word.length() ? word.charAt(w) : 0;
        if (w < word.length() && c == RUN) {
          runWord = ++w;
          runValue = v;
        } else if (w < word.length() && c == ANY) {
          w++;
          v = next(value, v);
        } else if (w < word.length() && c == value.charAt(v)) {
          w++;
          v++;
        } else if (runWord >= 0) {
          w = runWord;
          runValue = next(value, runValue);
          v = runValue;
        } else {
          return false;
        }
      }
      while (w < word.length() && word.charAt(w) == RUN) {
        w++;
      }
      return w == word.length();
    }

    private static int next(String value, int at) {
      return at + Character.charCount(value.codePointAt(at));
    }
  }

  /** The text has something that the parser does not know. */
  private static final class NotUnderstood extends Exception {
    private static final long serialVersionUID = 1L;

    NotUnderstood() {
      super(null, null, false, false);
    }
  }

  /** Reads RE2's syntax, of expressions that RE2 has accepted. */
  private static final class Parser {
    private final String text;
    private int at;
    boolean ignoreCase;

    Parser(String text) {
      this.text = text;
    }

    Words parse() throws NotUnderstood {
      for (int i = 0; i < text.length(); ) {
        int c = text.codePointAt(i);
        if (c == ANY || c == RUN || (c >= 0xd800 && c < 0xe000)) {
          throw new NotUnderstood();
        }
        i += Character.charCount(c);
      }
      if (text.startsWith("(?")) {
        int end = text.indexOf(')');
        String flags = end < 0 ? "" : text.substring(2, end);
        if (flags.equals("i") || flags.equals("is") || flags.equals("si") || flags.equals("s")) {
          ignoreCase = !flags.equals("s");
          at = end + 1;
        }
      }
      Words words = alternation(0);
      if (at != text.length()) {
        throw new NotUnderstood();
      }
      return words;
    }

    private boolean more() {
      return at < text.length();
    }

    private boolean take(char c) {
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private Words alternation(int depth) throws NotUnderstood {
      if (depth > MAX_DEPTH) {
        throw new NotUnderstood();
      }
      Words first = sequence(depth);
      if (!take('|')) {
        return first;
      }
      List<String> list = new ArrayList<>(first.list);
      boolean exact = first.exact;
      long characters = Words.characters(list);
      do {
        Words other = sequence(depth);
        list.addAll(other.list);
        exact &= other.exact;
        characters += Words.characters(other.list);
      } while (take('|'));
      return list.size() > MAX_WORDS || characters > MAX_CHARACTERS
          ? Words.of(EVERYTHING, false)
          : new Words(list, exact);
    }

    private Words sequence(int depth) throws NotUnderstood {
      Words words = Words.EMPTY;
      if (depth == 0) {
        take('^'); // Where the match begins anyway.
      }
      StringBuilder literal = new StringBuilder();
      while (more() && text.charAt(at) != '|' && text.charAt(at) != ')') {
        if (depth == 0 && text.charAt(at) == '$' && endsBranch(at + 1)) {
          at++;
          break;
        }
        Words item = repeated(item(depth));
        if (item.exact && item.list.size() == 1) {
          literal.append(item.list.getFirst());
        } else {
          words = words.then(Words.of(literal.toString(), true)).then(item);
          literal.setLength(0);
        }
      }
      return words.then(Words.of(collapse(literal.toString()), true));
    }

    /** Two runs in a row are one. */
    private static String collapse(String word) {
      String twice = EVERYTHING + EVERYTHING;
      String out = word;
      while (out.contains(twice)) {
        out = out.replace(twice, EVERYTHING);
      }
      return out;
    }

    private boolean endsBranch(int i) {
      return i == text.length() || text.charAt(i) == '|';
    }

    private Words item(int depth) throws NotUnderstood {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      return switch (c) {
        case '(' -> group(depth);
        case '[' -> characterClass();
        case '.' -> Words.of(String.valueOf(ANY), true);
        case '\\' -> escape();
        case '*', '+', '?', '^', '$' -> throw new NotUnderstood();
        case '{' -> {
          if (repetition(at - 1) != null) {
            throw new NotUnderstood();
          }
          yield literal(c);
        }
        default -> literal(c);
      };
    }

    private Words literal(int c) {
      if (!ignoreCase) {
        return Words.of(Character.toString(c), true);
      }
      return c < 0x80
          ? Words.of(String.valueOf(fold((char) c)), true)
          : Words.of(String.valueOf(ANY), false);
    }

    private Words group(int depth) throws NotUnderstood {
      if (take('?') && !take(':')) {
        throw new NotUnderstood();
      }
      Words words = alternation(depth + 1);
      if (!take(')')) {
        throw new NotUnderstood();
      }
      return words;
    }

    private Words escape() throws NotUnderstood {
      if (!more()) {
        throw new NotUnderstood();
      }
      char c = text.charAt(at++);
      return switch (c) {
        case 'd' -> new Words(List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), true);
        case 'D', 'w', 'W', 's', 'S' -> Words.of(String.valueOf(ANY), false);
        default -> literal(escaped(c));
      };
    }

    /** The character that a backslash and {@code c} stand for. */
    private static char escaped(char c) throws NotUnderstood {
      return switch (c) {
        case 'n' -> '\n';
        case 't' -> '\t';
        case 'r' -> '\r';
        default -> {
          boolean punctuation = c > ' ' && c < 0x7f && c != '_' && !Character.isLetterOrDigit(c);
          if (!punctuation) {
            throw new NotUnderstood();
          }
          yield c;
        }
      };
    }

    private Words characterClass() throws NotUnderstood {
      boolean many = take('^');
      List<String> members = new ArrayList<>();
      for (boolean first = true; first || !take(']'); first = false) {
        if (!more()) {
          throw new NotUnderstood();
        }
        int low = text.codePointAt(at);
        at += Character.charCount(low);
        boolean ambiguous =
            (low == '[' && more() && text.charAt(at) == ':')
                || (low == '-' && !first && (!more() || text.charAt(at) != ']'));
        if (ambiguous) {
          throw new NotUnderstood();
        }
        if (low == '\\') {
          if (!more()) {
            throw new NotUnderstood();
          }
          char c = text.charAt(at++);
          if ("dDwWsS".indexOf(c) >= 0) {
            many = true;
            if (more() && text.charAt(at) == '-') {
              throw new NotUnderstood();
            }
            continue;
          }
          low = escaped(c);
        }
        int high = low;
        if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
          at++;
          high = text.codePointAt(at);
          at += Character.charCount(high);
          if (high == '\\') {
            if (!more()) {
              throw new NotUnderstood();
            }
            high = escaped(text.charAt(at++));
          }
        }
        if (high < low || (high == '[' && more() && text.charAt(at) == ':')) {
          throw new NotUnderstood();
        }
        many |= high - low >= MAX_CLASS || members.size() > MAX_CLASS;
        for (int c = low; c <= high && !many; c++) {
          Words member = literal(c);
          many |= !member.exact || (c >= 0xd800 && c < 0xe000) || c == ANY || c == RUN;
          members.add(member.list.getFirst());
        }
      }
      return many || members.size() > MAX_CLASS
          ? Words.of(String.valueOf(ANY), false)
          : new Words(members, true);
    }

    /** Applies the repetition that follows, if one does. */
    private Words repeated(Words item) throws NotUnderstood {
      if (!more()) {
        return item;
      }
      int min;
      int max;
      switch (text.charAt(at)) {
        case '*' -> {
          min = 0;
          max = -1;
          at++;
        }
        case '+' -> {
          min = 1;
          max = -1;
          at++;
        }
        case '?' -> {
          min = 0;
          max = 1;
          at++;
        }
        case '{' -> {
          int[] bounds = repetition(at);
          if (bounds == null) {
            return item;
          }
          min = bounds[0];
          max = bounds[1];
          at = bounds[2];
        }
        default -> {
          return item;
        }
      }
      take('?'); // As few as possible: which of several ways to match makes no difference.
      if (more() && ("*+?".indexOf(text.charAt(at)) >= 0 || repetition(at) != null)) {
        throw new NotUnderstood();
      }
      return repeat(item, min, max);
    }

    /** {@code {n}}, {@code {n,}} or {@code {n,m}}: least, most (-1: any), end; null for a brace. */
    private int @Nullable [] repetition(int from) throws NotUnderstood {
      if (text.charAt(from) != '{') {
        return null;
      }
      int i = from + 1;
      int min = number(i);
      i = digits(i);
      int max = min;
      if (min >= 0 && i < text.length() && text.charAt(i) == ',') {
        int end = digits(i + 1);
        max = end == i + 1 ? -1 : number(i + 1);
        i = end;
      }
      boolean is = min >= 0 && i < text.length() && text.charAt(i) == '}';
      return is ? new int[] {min, max, i + 1} : null;
    }

    private int digits(int from) {
      int i = from;
      while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
        i++;
      }
      return i;
    }

    private int number(int from) throws NotUnderstood {
      int end = digits(from);
      if (end - from > 6 || (end - from > 1 && text.charAt(from) == '0')) {
        throw new NotUnderstood();
      }
      return end == from ? -1 : Integer.parseInt(text, from, end, 10);
    }

    private static Words repeat(Words item, int min, int max) {
      if (max == 0) {
        return Words.EMPTY;
      }
      boolean any = item.is(String.valueOf(ANY)) || item.is(EVERYTHING);
      if (max < 0) {
        Words run = Words.of(EVERYTHING, any && item.exact);
        Words out = Words.EMPTY;
        for (int i = 0; i < Math.min(min, any ? 16 : 1); i++) {
          out = out.then(item);
        }
        out = out.then(run);
        return any && min > 16 ? new Words(out.list, false) : out;
      }
      if (max > 16) {
        return min == 0 ? Words.of(EVERYTHING, false) : item.thenAnything();
      }
      List<String> list = new ArrayList<>();
      boolean exact = true;
      Words power = Words.EMPTY;
      for (int i = 0; i <= max; i++) {
        if (i >= min) {
          list.addAll(power.list);
          exact &= power.exact;
        }
        power = i < max ? power.then(item) : power;
        if (list.size() + power.list.size() > 1000) {
          return min == 0 ? Words.of(EVERYTHING, false) : item.thenAnything();
        }
      }
      return new Words(list, exact);
    }
  }

  /** What is known, for messages and tests. */
  @Override
  public String toString() {
    return (exact ? "" : "~")
        + (ignoreCase ? "(?i)" : "")
        + literals
        + (globs == null ? "[many]" : Arrays.toString(words(globs)));
  }

  private static String[] words(Glob[] globs) {
    String[] out = new String[globs.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = globs[i].word.replace(ANY, '?').replace(RUN, '*');
    }
    return out;
  }
}
