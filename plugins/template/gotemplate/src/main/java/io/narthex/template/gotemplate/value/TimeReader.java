package io.narthex.template.gotemplate.value;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads a time that is written as one of Go's layouts shows. Used once. */
final class TimeReader {
  private final String layout;
  private final String text;
  private int at;

  private int year;
  private int month = 1;
  private int day = 1;
  private int dayOfYear = -1;
  private int hour;
  private int minute;
  private int second;
  private int nano;
  private boolean afternoon;
  private boolean morning;
  private @Nullable ZoneId zone;

  private TimeReader(String layout, String text) {
    this.layout = layout;
    this.text = text;
  }

  /**
   * Reads a time.
   *
   * @throws DateTimeException when it is not as the layout shows, or is no time
   */
  static ZonedDateTime read(String layout, String text) {
    TimeReader reader = new TimeReader(layout, text);
    reader.all();
    return reader.time();
  }

  private void all() {
    int i = 0;
    while (i < layout.length()) {
      int fraction = GoTime.fraction(layout, i);
      if (fraction > 0) {
        if (peek() == '.' || peek() == ',') {
          fraction();
        }
        i += fraction + 1;
        continue;
      }
      String token = GoTime.token(layout, i);
      if (token.isEmpty()) {
        int end = i + 1;
        while (end < layout.length()
            && GoTime.fraction(layout, end) == 0
            && GoTime.token(layout, end).isEmpty()) {
          end++;
        }
        literal(layout.substring(i, end));
        i = end;
      } else {
        token(token);
        i += token.length();
      }
    }
    if (at < text.length()) {
      throw new DateTimeException(": extra text: " + GoText.quote(text.substring(at)));
    }
  }

  /** Passes over what stands in the layout as it is; spaces there are any number of spaces. */
  private void literal(String literal) {
    for (int i = 0; i < literal.length(); ) {
      if (literal.charAt(i) == ' ') {
        if (at < text.length() && peek() != ' ') {
          throw bad(literal);
        }
        i = pastSpaces(literal, i);
        at = pastSpaces(text, at);
      } else {
        if (at == text.length() || peek() != literal.charAt(i)) {
          throw bad(literal);
        }
        i++;
        at++;
      }
    }
  }

  private static int pastSpaces(String s, int from) {
    int i = from;
    while (i < s.length() && s.charAt(i) == ' ') {
      i++;
    }
    return i;
  }

  private ZonedDateTime time() {
    int clock = afternoon && hour < 12 ? hour + 12 : morning && hour == 12 ? 0 : hour;
    if (day < 1 || day > YearMonth.of(year, month).lengthOfMonth()) {
      throw outOfRange("day");
    }
    LocalDateTime local = LocalDateTime.of(year, month, day, clock, minute, second, nano);
    if (dayOfYear > 0) {
      local = local.withDayOfYear(dayOfYear);
    }
    return local.atZone(zone == null ? ZoneId.systemDefault() : zone);
  }

  private DateTimeException bad(String what) {
    return new DateTimeException(
        " as "
            + GoText.quote(layout)
            + ": cannot parse "
            + GoText.quote(text.substring(at))
            + " as "
            + GoText.quote(what));
  }

  private static DateTimeException outOfRange(String what) {
    return new DateTimeException(": " + what + " out of range");
  }

  /** A number that is to be among others. */
  private int among(int least, int most, int digits, String token, String what) {
    int value = number(digits, 2, token);
    if (value < least || value > most) {
      throw outOfRange(what);
    }
    return value;
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private int number(int least, int most, String token) {
    int start = at;
    int value = 0;
    while (at < text.length() && at - start < most && Character.digit(text.charAt(at), 10) >= 0) {
      value = value * 10 + Character.digit(text.charAt(at++), 10);
    }
    if (at - start < least) {
      at = start;
      throw bad(token);
    }
    return value;
  }

  private void fraction() {
    at++;
    int digits = 0;
    int value = 0;
    while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
      if (digits < 9) {
        value = value * 10 + Character.digit(text.charAt(at), 10);
        digits++;
      }
      at++;
    }
    for (; digits < 9; digits++) {
      value *= 10;
    }
    nano = value;
  }

  private void token(String token) {
    switch (token) {
      case "2006" -> year = number(4, 4, token);
      case "06" -> {
        int short2 = number(2, 2, token);
        year = short2 >= 69 ? 1900 + short2 : 2000 + short2;
      }
      case "01", "1" -> month = among(1, 12, token.length(), token, "month");
      case "January" -> month = month(TextStyle.FULL, token);
      case "Jan" -> month = month(TextStyle.SHORT, token);
      case "02" -> day = number(2, 2, token);
      case "2", "_2" -> {
        if (token.equals("_2") && peek() == ' ') {
          at++;
        }
        day = number(1, 2, token);
      }
      case "002", "__2" -> {
        while (token.equals("__2") && peek() == ' ') {
          at++;
        }
        dayOfYear = number(1, 3, token);
      }
      case "15" -> hour = among(0, 23, 2, token, "hour");
      case "03", "3" -> hour = among(0, 12, token.length(), token, "hour");
      case "04", "4" -> minute = among(0, 59, token.length(), token, "minute");
      case "05", "5" -> {
        second = among(0, 59, token.length(), token, "second");
        if ((peek() == '.' || peek() == ',')
            && at + 1 < text.length()
            && Character.isDigit(text.charAt(at + 1))) {
          fraction();
        }
      }
      case "PM", "pm" -> halfDay(token);
      case "Monday", "Mon" -> weekday(token);
      case "MST" -> zoneName();
      default -> offset(token);
    }
  }

  private int month(TextStyle style, String token) {
    for (Month candidate : Month.values()) {
      String name = candidate.getDisplayName(style, Locale.ENGLISH);
      if (text.regionMatches(true, at, name, 0, name.length())) {
        at += name.length();
        return candidate.getValue();
      }
    }
    throw bad(token);
  }

  private void weekday(String token) {
    for (java.time.DayOfWeek candidate : java.time.DayOfWeek.values()) {
      String name =
          candidate.getDisplayName(
              token.equals("Mon") ? TextStyle.SHORT : TextStyle.FULL, Locale.ENGLISH);
      if (text.regionMatches(true, at, name, 0, name.length())) {
        at += name.length();
        return;
      }
    }
    throw bad(token);
  }

  private void halfDay(String token) {
    String half = text.substring(at, Math.min(at + 2, text.length()));
    boolean upper = token.equals("PM");
    if (half.equals(upper ? "PM" : "pm")) {
      afternoon = true;
    } else if (half.equals(upper ? "AM" : "am")) {
      morning = true;
    } else {
      throw bad(token);
    }
    at += 2;
  }

  private void zoneName() {
    int start = at;
    while (at < text.length() && Character.isUpperCase(text.charAt(at))) {
      at++;
    }
    String name = text.substring(start, at);
    if (name.length() < 3) {
      at = start;
      throw bad("MST");
    }
    if (name.equals("UTC")) {
      zone = ZoneOffset.UTC;
    }
  }

  private void offset(String token) {
    if (token.charAt(0) == 'Z' && peek() == 'Z') {
      at++;
      zone = ZoneOffset.UTC;
      return;
    }
    char sign = peek();
    if (sign != '+' && sign != '-') {
      throw bad(token);
    }
    at++;
    boolean colon = token.indexOf(':') > 0;
    int hours = number(2, 2, token);
    int minutes = 0;
    int seconds = 0;
    if (token.length() > 3) {
      minutes = part(colon, token);
    }
    if (token.length() > 6) {
      seconds = part(colon, token);
    }
    int total = hours * 3600 + minutes * 60 + seconds;
    zone = ZoneOffset.ofTotalSeconds(sign == '-' ? -total : total);
  }

  private int part(boolean colon, String token) {
    if (colon) {
      if (peek() != ':') {
        throw bad(token);
      }
      at++;
    }
    return number(2, 2, token);
  }
}
