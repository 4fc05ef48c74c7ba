package io.narthex.template.gotemplate;

import java.util.Locale;

/** Words with a capital at their beginning. */
final class Titles {
  private Titles() {}

  /**
   * A text with the first letter of each word as a title's.
   *
   * @param lower whether the other letters become small
   */
  static String title(String text, boolean lower) {
    StringBuilder out = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      if (isCased(c)) {
        if (!inWord) {
          title(out, c);
        } else if (lower) {
          out.appendCodePoint(Character.toLowerCase(c));
        } else {
          out.appendCodePoint(c);
        }
        inWord = true;
      } else {
        out.appendCodePoint(c);
        inWord = goesOn(text, next, c, inWord);
      }
      i = next;
    }
    return out.toString();
  }

  private static void title(StringBuilder out, int c) {
    int title = Character.toTitleCase(c);
    String upper = title == c ? Character.toString(c).toUpperCase(Locale.ROOT) : "";
    if (upper.codePointCount(0, upper.length()) > 1) {
      // Some have a capital only as several characters, of which the first letter becomes one.
      int first = Character.isUpperCase(upper.charAt(0)) ? 1 : 2;
      out.append(upper, 0, first).append(upper.substring(first).toLowerCase(Locale.ROOT));
    } else {
      out.appendCodePoint(title);
    }
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** Whether a character that is no cased letter leaves a word open. */
  private static boolean goesOn(String text, int next, int c, boolean inWord) {
    if (!inWord) {
      return false;
    }
    if (Character.getType(c) == Character.OTHER_LETTER) {
      return !Character.isIdeographic(c)
          && Character.UnicodeScript.of(c) != Character.UnicodeScript.HIRAGANA;
    }
    switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.FORMAT,
          Character.CONNECTOR_PUNCTUATION,
          Character.MODIFIER_LETTER,
          Character.DECIMAL_DIGIT_NUMBER -> {
        return true;
      }
      default -> {}
    }
    // Between two letters, these do not end a word.
    boolean middle = c == '\'' || c == '.' || c == ':' || c == 0xb7 || c == 0x2018 || c == 0x2019;
    return middle && next < text.length() && Character.isLetterOrDigit(text.codePointAt(next));
  }
}
