package io.narthex.template.gotemplate.html;

import java.util.HashMap;
import java.util.Map;

/**
 * References to characters. Of those with names, only the ones to ASCII characters are known: no
 * other character changes a context.
 */
final class Entities {
  private static final Map<String, Character> NAMED = new HashMap<>();

  /** Those that need no semicolon. */
  private static final String[] OPEN = {"amp", "AMP", "lt", "LT", "gt", "GT", "quot", "QUOT"};

  static {
    String[] names = {
      "Tab\t",
      "NewLine\n",
      "excl!",
      "quot\"",
      "QUOT\"",
      "num#",
      "dollar$",
      "percnt%",
      "amp&",
      "AMP&",
      "apos'",
      "lpar(",
      "rpar)",
      "ast*",
      "midast*",
      "plus+",
      "comma,",
      "period.",
      "sol/",
      "colon:",
      "semi;",
      "lt<",
      "LT<",
      "equals=",
      "gt>",
      "GT>",
      "quest?",
      "commat@",
      "lsqb[",
      "lbrack[",
      "bsol\\",
      "rsqb]",
      "rbrack]",
      "Hat^",
      "lowbar_",
      "UnderBar_",
      "grave`",
      "DiacriticalGrave`",
      "lcub{",
      "lbrace{",
      "verbar|",
      "vert|",
      "VerticalLine|",
      "rcub}",
      "rbrace}",
      "nbsp\u00a0",
      "NonBreakingSpace\u00a0"
    };
    for (String name : names) {
      NAMED.put(name.substring(0, name.length() - 1), name.charAt(name.length() - 1));
    }
  }

  private Entities() {}

  /** A text with references replaced. */
  static String unescape(String s) {
    int at = s.indexOf('&');
    if (at < 0) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length()).append(s, 0, at);
    while (at < s.length()) {
      if (s.charAt(at) != '&') {
        out.append(s.charAt(at++));
        continue;
      }
      int end = at + 1 < s.length() && s.charAt(at + 1) == '#' ? number(s, at, out) : -1;
      if (end < 0) {
        end = name(s, at, out);
      }
      if (end < 0) {
        out.append('&');
        end = at + 1;
      }
      at = end;
    }
    return out.toString();
  }

  private static int number(String s, int at, StringBuilder out) {
    int start = at + 2;
    int radix = 10;
    if (start < s.length() && (s.charAt(start) == 'x' || s.charAt(start) == 'X')) {
      radix = 16;
      start++;
    }
    int end = start;
    int value = 0;
    while (end < s.length() && s.charAt(end) < 128 && Character.digit(s.charAt(end), radix) >= 0) {
      value = Math.min(value * radix + Character.digit(s.charAt(end), radix), 0x110000);
      end++;
    }
    if (end == start) {
      return -1;
    }
    boolean valid = value != 0 && value <= 0x10ffff && (value < 0xd800 || value >= 0xe000);
    out.appendCodePoint(valid ? value : 0xfffd);
    return end < s.length() && s.charAt(end) == ';' ? end + 1 : end;
  }

  private static int name(String s, int at, StringBuilder out) {
    int end = at + 1;
    while (end < s.length() && s.charAt(end) < 128 && Character.isLetterOrDigit(s.charAt(end))) {
      end++;
    }
    Character named = NAMED.get(s.substring(at + 1, end));
    if (named != null && end < s.length() && s.charAt(end) == ';') {
      out.append(named.charValue());
      return end + 1;
    }
    for (String open : OPEN) {
      if (s.startsWith(open, at + 1)) {
        out.append(NAMED.getOrDefault(open, '&').charValue());
        return at + 1 + open.length();
      }
    }
    return -1;
  }
}
