package io.narthex.web.api;

import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.api.query.QueryEngine;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What a search is asked for, with Prometheus's checks and texts. Source: Prometheus 3.14, {@code
 * web/api/v1/search.go}.
 *
 * @param start milliseconds
 * @param end milliseconds, inclusive
 * @param selectors of series; none for all
 * @param limit how many results at most; at least 1
 * @param batch how many stand in a line at most; at least 1
 */
record SearchRequest(
    long start,
    long end,
    List<List<Matcher>> selectors,
    SearchTerms terms,
    Order order,
    boolean includeScore,
    int limit,
    int batch) {
  private static final int MAX_TERMS = 32;

  /** A term costs time for each name, and a long one much. */
  private static final int MAX_TERM_LENGTH = 1024;

  private static final int DEFAULT_LIMIT = 100;
  private static final int DEFAULT_BATCH = 100;
  private static final int MAX_BATCH = 1000;
  private static final long HOUR = 3_600_000;

  /** The order of results. */
  enum Order {
    ASCENDING(Comparator.comparing(SearchResults.Result::value, SearchResults.BY_CODE_POINT)),
    DESCENDING(ASCENDING.comparator.reversed()),
    SCORE(
        Comparator.comparingDouble(SearchResults.Result::score)
            .reversed()
            .thenComparing(ASCENDING.comparator));

    private final Comparator<SearchResults.Result> comparator;

    Order(Comparator<SearchResults.Result> comparator) {
      this.comparator = comparator;
    }

    Comparator<SearchResults.Result> comparator() {
      return comparator;
    }
  }

  /**
   * Reads one.
   *
   * @param now milliseconds
   */
  static SearchRequest of(Parameters p, QueryEngine engine, SearchSettings settings, long now)
      throws ApiException {
    long start = p.bareTime("start", now - HOUR);
    long end = p.bareTime("end", now);
    if (end < start) {
      throw ApiException.badData("end timestamp must not be before start timestamp");
    }
    List<List<Matcher>> selectors = p.selectors(engine);
    List<String> terms = p.all("search[]");
    if (terms.size() > MAX_TERMS) {
      throw ApiException.badData(
          "too many search[] terms: got " + terms.size() + ", maximum is " + MAX_TERMS);
    }
    for (String term : terms) {
      if (term.length() > MAX_TERM_LENGTH) {
        throw ApiException.badData(
            "search[] term too long: got "
                + term.length()
                + " characters, maximum is "
                + MAX_TERM_LENGTH);
      }
    }
    int threshold = threshold(p.first("fuzz_threshold"));
    SearchTerms.Algorithm algorithm = algorithm(p.first("fuzz_alg"));
    boolean caseSensitive = bool(p, "case_sensitive", true);
    boolean includeScore = bool(p, "include_score", false);
    String sortBy = p.first("sort_by");
    String direction = direction(sortBy, p.first("sort_dir"));
    if (sortBy.equals("score") && terms.isEmpty()) {
      throw ApiException.badData("sort_by=score requires search[] to be set");
    }
    int limit = limit(p.first("limit"), settings.maxLimit());
    String batch = p.first("batch_size");
    int wanted = batch.isEmpty() ? DEFAULT_BATCH : positive("batch_size", batch);
    return new SearchRequest(
        start,
        end,
        selectors,
        new SearchTerms(terms, algorithm, threshold / 100.0, caseSensitive),
        sortBy.equals("score")
            ? Order.SCORE
            : direction.equals("dsc") ? Order.DESCENDING : Order.ASCENDING,
        includeScore,
        limit,
        Math.min(Math.min(wanted, MAX_BATCH), limit));
  }

  /** Checks {@code sort_by}, which Prometheus does last of all. */
  static void checkOrder(Parameters p, String endpoint) throws ApiException {
    String sortBy = p.first("sort_by");
    if (!sortBy.isEmpty() && !sortBy.equals("alpha") && !sortBy.equals("score")) {
      throw ApiException.badData(
          "invalid sort_by "
              + Quoting.quote(sortBy)
              + " for "
              + endpoint
              + ": must be \"alpha\" or \"score\"");
    }
  }

  private static int threshold(String text) throws ApiException {
    if (text.isEmpty()) {
      return 0;
    }
    int threshold = Parameters.atoi(text, -1);
    if (threshold < 0 || threshold > 100) {
      throw ApiException.badData(
          "invalid fuzz_threshold " + Quoting.quote(text) + ": must be 0-100");
    }
    return threshold;
  }

  private static SearchTerms.Algorithm algorithm(String text) throws ApiException {
    if (text.isEmpty()) {
      return SearchTerms.Algorithm.SUBSEQUENCE;
    }
    List<String> all =
        Arrays.stream(SearchTerms.Algorithm.values()).map(SearchTerms.Algorithm::text).toList();
    int found = all.indexOf(text);
    if (found < 0) {
      throw ApiException.badData(
          "unsupported fuzz_alg "
              + Quoting.quote(text)
              + ": must be one of ["
              + String.join(" ", all)
              + "]");
    }
    return SearchTerms.Algorithm.values()[found];
  }

  static boolean bool(Parameters p, String name, boolean absent) throws ApiException {
    String text = p.first(name);
    if (text.isEmpty()) {
      return absent;
    }
    try {
      return Parameters.parseBool(text);
    } catch (IllegalArgumentException e) {
      throw ApiException.badData(
          "invalid " + name + " " + Quoting.quote(text) + ": must be boolean");
    }
  }

  private static String direction(String sortBy, String text) throws ApiException {
    if (!text.isEmpty() && sortBy.isEmpty()) {
      throw ApiException.badData("sort_dir is only valid when sort_by is set");
    }
    if (!text.isEmpty() && sortBy.equals("score")) {
      throw ApiException.badData("sort_dir is not supported for sort_by=score");
    }
    String direction = text.isEmpty() ? "asc" : text;
    if (!direction.equals("asc") && !direction.equals("dsc")) {
      throw ApiException.badData(
          "invalid sort_dir " + Quoting.quote(direction) + ": must be \"asc\" or \"dsc\"");
    }
    return direction;
  }

  private static int limit(String text, int most) throws ApiException {
    if (text.isEmpty()) {
      return most > 0 ? Math.min(DEFAULT_LIMIT, most) : DEFAULT_LIMIT;
    }
    int limit = positive("limit", text);
    if (most > 0 && limit > most) {
      throw ApiException.badData(
          "limit "
              + text
              + " exceeds the configured maximum ("
              + most
              + ", see --web.search.max-limit)");
    }
    return limit;
  }

  private static int positive(String name, String text) throws ApiException {
    int number = Parameters.atoi(text, 0);
    if (number < 1) {
      throw ApiException.badData(
          "invalid " + name + " " + Quoting.quote(text) + ": must be a positive integer");
    }
    return number;
  }
}
