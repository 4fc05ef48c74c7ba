package io.narthex.query.promql.exec;

import io.narthex.api.model.Labels;

/**
 * Compares strings so that runs of digits count as numbers: {@code node2} before {@code node10}.
 */
final class NaturalOrder {
  private NaturalOrder() {}

  static int compare(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() && j < b.length()) {
      int endA = chunk(a, i);
      int endB = chunk(b, j);
      String x = a.substring(i, endA);
      String y = b.substring(j, endB);
      int c =
          digit(x.charAt(0)) && digit(y.charAt(0)) ? numbers(x, y) : Labels.compareCodePoints(x, y);
      if (c != 0) {
        return c;
      }
      i = endA;
      j = endB;
    }
    int c = Integer.compare(a.length() - i, b.length() - j);
    return c != 0 ? c : Labels.compareCodePoints(a, b);
  }

  private static int numbers(String a, String b) {
    String x = a.replaceFirst("^0+(?=.)", "");
    String y = b.replaceFirst("^0+(?=.)", "");
    int c = Integer.compare(x.length(), y.length());
    return c != 0 ? c : x.compareTo(y);
  }

  private static int chunk(String s, int from) {
    boolean digits = digit(s.charAt(from));
    int i = from + 1;
    while (i < s.length() && digit(s.charAt(i)) == digits) {
      i++;
    }
    return i;
  }

  private static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }
}
