package io.narthex.template.gotemplate;

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
          out.appendCodePoint(Character.toTitleCase(c));
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

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** Whether a character that is no cased letter leaves a word open. */
  private static boolean goesOn(String text, int next, int c, boolean inWord) {
    if (!inWord) {
      return false;
    }
    switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.FORMAT,
          Character.CONNECTOR_PUNCTUATION,
          Character.OTHER_LETTER,
          Character.MODIFIER_LETTER,
          Character.DECIMAL_DIGIT_NUMBER -> {
        return true;
      }
      default -> {}
    }
    // Between two letters, these do not end a word.
    boolean middle = c == '\'' || c == '.' || c == ':' || c == 0xb7 || c == 0x2018 || c == 0x2019;
    return middle && next < text.length() && Character.isLetter(text.codePointAt(next));
  }
}
