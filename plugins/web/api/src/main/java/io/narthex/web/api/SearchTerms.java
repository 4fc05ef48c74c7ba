package io.narthex.web.api;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a name must resemble, and how well it does: Prometheus's scores, from 0 to 1, of which the
 * best of all terms counts. Belongs to one thread.
 *
 * <p>A prefix scores 1. By {@link Algorithm#SUBSEQUENCE} the characters of a term must all stand in
 * the name, in order; runs of them count by their square, gaps against them. By {@link
 * Algorithm#JARO_WINKLER} a term that stands in the name scores by its place, and with a threshold
 * above 0 others by their Jaro-Winkler similarity. Source: Prometheus 3.14, {@code
 * web/api/v1/search_filters.go} and {@code util/strutil}.
 */
final class SearchTerms {
  /** The score of what does not match. */
  static final double NONE = -1;

  /**
   * How many characters of a name are compared in other ways than as a prefix or a part: the time
   * for that grows with the square of their number.
   */
  private static final int MAX_COMPARED = 1024;

  /** How names are compared with terms. */
  enum Algorithm {
    SUBSEQUENCE("subsequence"),
    JARO_WINKLER("jarowinkler");

    private final String text;

    Algorithm(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  private final List<int[]> terms;
  private final Algorithm algorithm;
  private final double threshold;
  private final boolean caseSensitive;

  /** The code points of the name that is looked at. */
  private int[] name = new int[64];

  private int length;
  private boolean[] usedOfTerm = new boolean[64];
  private boolean[] usedOfName = new boolean[64];

  /**
   * Makes one.
   *
   * @param terms none for any name
   * @param threshold the least score that is a match, 0 to 1
   */
  SearchTerms(List<String> terms, Algorithm algorithm, double threshold, boolean caseSensitive) {
    this.terms =
        terms.stream()
            .map(term -> caseSensitive ? term.codePoints() : lower(term))
            .map(IntStream::toArray)
            .toList();
    this.algorithm = algorithm;
    this.threshold = threshold;
    this.caseSensitive = caseSensitive;
  }

  /** Character by character, as Go does it: a letter never becomes two. */
  private static IntStream lower(String text) {
    return text.codePoints().map(Character::toLowerCase);
  }

  /** How well a name matches; {@link #NONE} when it does not. */
  double score(String text) {
    if (terms.isEmpty()) {
      return 1;
    }
    read(text);
    double best = NONE;
    for (int[] term : terms) {
      double score = score(term);
      if (score == 1) {
        return 1;
      }
      best = Math.max(best, score);
    }
    return best;
  }

  private void read(String text) {
    if (name.length < text.length()) {
      name = new int[Math.max(text.length(), name.length * 2)];
    }
    int n = 0;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      name[n++] = caseSensitive ? point : Character.toLowerCase(point);
    }
    length = n;
  }

  private double score(int[] term) {
    if (term.length == 0 || startsWith(term, 0)) {
      return 1;
    }
    if (algorithm == Algorithm.SUBSEQUENCE) {
      double score = subsequence(term, Math.min(length, MAX_COMPARED));
      return score > 0 && score >= threshold ? score : NONE;
    }
    int last = length - term.length;
    for (int i = 1; i <= last; i++) {
      if (name[i] == term[0] && startsWith(term, i)) {
        return 1 - 0.9 * i / last;
      }
    }
    if (threshold == 0) {
      return NONE;
    }
    double score = jaroWinkler(term, Math.min(length, MAX_COMPARED));
    return score >= threshold ? score : NONE;
  }

  private boolean startsWith(int[] term, int at) {
    return at + term.length <= length
        && Arrays.equals(name, at, at + term.length, term, 0, term.length);
  }

  /** The best of all places to begin at; from each the next character is taken where it comes. */
  private double subsequence(int[] term, int n) {
    double best = 0;
    double share = 1.0 / n;
    for (int start = 0; start + term.length <= n; start++) {
      if (name[start] != term[0]) {
        continue;
      }
      double points = 0;
      int end = -1;
      int i = start;
      int matched = 0;
      while (matched < term.length && i < n) {
        if (name[i] != term[matched]) {
          i++;
          continue;
        }
        int from = i;
        while (i < n && matched < term.length && name[i] == term[matched]) {
          i++;
          matched++;
        }
        int gap = from - end - 1;
        int run = i - from;
        points -= gap * share;
        points += (double) run * run;
        end = i - 1;
      }
      if (matched < term.length) {
        // Nor can a later beginning find them all.
        break;
      }
      best = Math.max(best, points - (n - 1 - end) * share * 0.5);
    }
    return best / ((double) term.length * term.length);
  }

  private double jaroWinkler(int[] term, int n) {
    if (n == 0) {
      return 0;
    }
    boolean swapped = term.length > n;
    int[] a = swapped ? name : term;
    int[] b = swapped ? term : name;
    int na = Math.min(term.length, n);
    int nb = Math.max(term.length, n);
    usedOfTerm = cleared(usedOfTerm, na);
    usedOfName = cleared(usedOfName, nb);
    int reach = Math.max(nb / 2 - 1, 0);
    int matches = 0;
    for (int i = 0; i < na; i++) {
      int end = Math.min(i + reach + 1, nb);
      for (int j = Math.max(i - reach, 0); j < end; j++) {
        if (!usedOfName[j] && a[i] == b[j]) {
          usedOfTerm[i] = true;
          usedOfName[j] = true;
          matches++;
          break;
        }
      }
    }
    if (matches == 0) {
      return 0;
    }
    int swaps = 0;
    int k = 0;
    for (int i = 0; i < na; i++) {
      if (!usedOfTerm[i]) {
        continue;
      }
      while (!usedOfName[k]) {
        k++;
      }
      if (a[i] != b[k]) {
        swaps++;
      }
      k++;
    }
    double m = matches;
    double jaro = (m * (1.0 / na) + m * (1.0 / nb) + (m - swaps * 0.5) / m) / 3;
    int prefix = 0;
    while (prefix < Math.min(4, na) && a[prefix] == b[prefix]) {
      prefix++;
    }
    return jaro + prefix * 0.1 * (1 - jaro);
  }

  private static boolean[] cleared(boolean[] flags, int n) {
    if (flags.length < n) {
      return new boolean[Math.max(n, flags.length * 2)];
    }
    Arrays.fill(flags, 0, n, false);
    return flags;
  }
}
