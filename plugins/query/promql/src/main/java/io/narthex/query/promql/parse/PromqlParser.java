package io.narthex.query.promql.parse;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Turns PromQL text into checked syntax trees. Accepts what Prometheus 3.14 accepts, and says of
 * the rest what Prometheus says, at the same position. Immutable; safe for any number of threads.
 * Takes time linear in the length of the text.
 */
public final class PromqlParser {
  private static final char REPLACEMENT = '\ufffd';

  private final ParserOptions options;
  private final FunctionLookup functions;

  public PromqlParser(ParserOptions options, FunctionLookup functions) {
    this.options = options;
    this.functions = functions;
  }

  /** A parser that differs in how deep queries may nest. */
  public PromqlParser withMaxDepth(int maxDepth) {
    return new PromqlParser(options.withMaxDepth(maxDepth), functions);
  }

  /** The functions that queries may call at this moment, by name. */
  public List<FunctionSignature> functions() {
    return functions.all().stream()
        .filter(function -> options.experimentalFunctions() || !function.experimental())
        .sorted(Comparator.comparing(FunctionSignature::name))
        .toList();
  }

  /**
   * Words and functions of the language. A function by one of these names could not be called, or
   * would hide another.
   */
  public static Set<String> ownNames() {
    Set<String> names = new TreeSet<>(TokenType.words());
    new StandardFunctions().all().forEach(function -> names.add(function.name()));
    return names;
  }

  /**
   * Parses and type-checks a query.
   *
   * @throws ParseException if the text is not PromQL, uses what is not switched on, is too long, or
   *     nests too deeply
   */
  public Expr parse(String query) throws ParseException {
    try {
      return parser(query).parseQuery();
    } catch (StackOverflowError _) {
      // How much stack a level takes is up to the JVM, and how much there is, to the caller.
      // Nothing outlives the parser that could have been left half done.
      throw new ParseException(
          query,
          List.of(
              new ParseException.ParseError(
                  new PositionRange(0, 0), ParseException.TOO_DEEP + " for this thread's stack")));
    }
  }

  /**
   * Parses a vector selector without modifiers, as {@code match[]} of the HTTP API takes it. That
   * at least one matcher must not match the empty string is not checked.
   *
   * @throws ParseException if the text is no selector
   */
  public List<Matcher> parseSelector(String selector) throws ParseException {
    return parser(selector).parseSelector();
  }

  /**
   * Parses the name of a series: a metric, labels, or both, or nothing.
   *
   * @throws ParseException if the text is none
   */
  public Labels parseMetric(String metric) throws ParseException {
    String text = wellFormed(metric);
    return new SeriesParser(text, utf8(text)).parseMetric();
  }

  /**
   * Parses a series in the notation of tests: {@code name{label="value"} 1 2+1x5 _ stale
   * {{count:1}}}.
   *
   * @throws ParseException if the text is none
   */
  public SeriesSyntax parseSeries(String series) throws ParseException {
    String text = wellFormed(series);
    return new SeriesParser(text, utf8(text)).parseSeries();
  }

  private Parser parser(String text) throws ParseException {
    String query = wellFormed(text);
    return new Parser(query, utf8(query), options, functions);
  }

  private byte[] utf8(String query) throws ParseException {
    byte[] utf8 = query.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > options.maxBytes()) {
      throw new ParseException(
          query,
          List.of(
              new ParseException.ParseError(
                  new PositionRange(options.maxBytes(), utf8.length),
                  "query is too long: got "
                      + utf8.length
                      + " bytes, want at most "
                      + options.maxBytes())));
    }
    return utf8;
  }

  /** With U+FFFD for each unpaired surrogate; Java would encode it as a question mark. */
  private static String wellFormed(String text) {
    StringBuilder made = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1))) {
        i++;
      } else {
        made = made == null ? new StringBuilder(text) : made;
        made.setCharAt(i, REPLACEMENT);
      }
    }
    return made == null ? text : made.toString();
  }
}
