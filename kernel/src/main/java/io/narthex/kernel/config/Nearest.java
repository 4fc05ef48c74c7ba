package io.narthex.kernel.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds the name that was probably meant. */
final class Nearest {
  private Nearest() {}

  /**
   * The name with the fewest changes of letters, if they are few for its length; null otherwise.
   */
  static @Nullable String of(String word, Collection<String> names) {
    String best = null;
    int fewest = Math.max(1, Math.min(4, word.length() / 3)) + 1;
    for (String name : names) {
      if (Math.abs(name.length() - word.length()) >= fewest) {
        continue;
      }
      int distance = distance(word, name);
      if (distance < fewest) {
        fewest = distance;
        best = name;
      }
    }
    return best;
  }

  /** Letters to insert, remove or replace, or neighbours to swap (optimal string alignment). */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
