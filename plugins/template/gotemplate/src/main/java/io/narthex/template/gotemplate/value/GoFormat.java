package io.narthex.template.gotemplate.value;

import io.narthex.template.gotemplate.value.GoType.Kind;
import io.narthex.template.gotemplate.value.GoValue.Boxed;
import io.narthex.template.gotemplate.value.GoValue.Complex;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Prints values as Go's fmt does: Sprint, Sprintln and Sprintf with all verbs, flags, widths,
 * precisions, argument indexes, and the marks of wrong ones. Not safe for threads; one for each
 * text.
 */
public final class GoFormat {
  /** What stands for the address of something. */
  private static final long ADDRESS = 0xc000010000L;

  private static final int TOO_LARGE = 1_000_000;
  private static final int DEEP = 256;

  private final StringBuilder out;
  private final int limit;

  private int width;
  private int precision;
  private boolean widthGiven;
  private boolean precisionGiven;
  private boolean minus;
  private boolean plus;
  private boolean sharp;
  private boolean space;
  private boolean zero;
  private boolean plusV;
  private boolean sharpV;
  private boolean erroring;

  private boolean reordered;
  private boolean goodIndex;
  private int argument;
  private int at;
  private boolean afterIndex;

  /**
   * @param limit of the text, in chars
   */
  public GoFormat(StringBuilder out, int limit) {
    this.out = out;
    this.limit = limit;
  }

  /** What fmt.Sprint gives. */
  public static String sprint(int limit, @Nullable Object... arguments) throws GoError {
    StringBuilder out = new StringBuilder();
    new GoFormat(out, limit).print(arguments);
    return out.toString();
  }

  /** What fmt.Sprintf gives. */
  public static String sprintf(int limit, String format, @Nullable Object... arguments)
      throws GoError {
    StringBuilder out = new StringBuilder();
    new GoFormat(out, limit).printf(format, arguments);
    return out.toString();
  }

  /** Prints with a space between operands that are both no strings. */
  public void print(@Nullable Object... arguments) throws GoError {
    boolean before = false;
    for (int i = 0; i < arguments.length; i++) {
      boolean string = Values.kind(arguments[i]) == Kind.STRING;
      if (i > 0 && !string && !before) {
        out.append(' ');
      }
      printArgument(arguments[i], 'v');
      before = string;
    }
  }

  /** Prints with spaces between all operands, and a new line. */
  public void println(@Nullable Object... arguments) throws GoError {
    for (int i = 0; i < arguments.length; i++) {
      if (i > 0) {
        out.append(' ');
      }
      printArgument(arguments[i], 'v');
    }
    out.append('\n');
  }

  /** Prints by a format. */
  public void printf(String format, @Nullable Object... arguments) throws GoError {
    int end = format.length();
    argument = 0;
    afterIndex = false;
    reordered = false;
    at = 0;
    while (at < end) {
      goodIndex = true;
      int percent = format.indexOf('%', at);
      if (percent < 0) {
        write(format.substring(at));
        break;
      }
      write(format.substring(at, percent));
      at = percent + 1;
      clear();
      flags(format, end);
      argumentIndex(format, arguments.length);
      widthAndPrecision(format, arguments, end);
      if (at >= end) {
        write("%!(NOVERB)");
        break;
      }
      int verb = format.codePointAt(at);
      at += Character.charCount(verb);
      if (verb == '%') {
        out.append('%');
      } else if (!goodIndex) {
        out.append("%!").appendCodePoint(verb).append("(BADINDEX)");
      } else if (argument >= arguments.length) {
        out.append("%!").appendCodePoint(verb).append("(MISSING)");
      } else {
        if (verb == 'v') {
          sharpV = sharp;
          sharp = false;
          plusV = plus;
          plus = false;
        }
        printArgument(arguments[argument++], verb);
      }
    }
    if (!reordered && argument < arguments.length) {
      clear();
      write("%!(EXTRA ");
      for (int i = argument; i < arguments.length; i++) {
        if (i > argument) {
          out.append(", ");
        }
        Object extra = Values.unbox(arguments[i]);
        if (extra == null) {
          out.append("<nil>");
        } else {
          out.append(Values.typeName(extra)).append('=');
          printArgument(extra, 'v');
        }
      }
      out.append(')');
    }
  }

  private void clear() {
    width = 0;
    precision = 0;
    widthGiven = false;
    precisionGiven = false;
    minus = false;
    plus = false;
    sharp = false;
    space = false;
    zero = false;
    plusV = false;
    sharpV = false;
  }

  private void flags(String format, int end) {
    for (; at < end; at++) {
      switch (format.charAt(at)) {
        case '#' -> sharp = true;
        case '0' -> zero = !minus;
        case '+' -> plus = true;
        case '-' -> {
          minus = true;
          zero = false;
        }
        case ' ' -> space = true;
        default -> {
          return;
        }
      }
    }
  }

  private void widthAndPrecision(String format, @Nullable Object[] arguments, int end)
      throws GoError {
    if (at < end && format.charAt(at) == '*') {
      at++;
      width = intArgument(arguments);
      if (!intGiven) {
        write("%!(BADWIDTH)");
      }
      widthGiven = intGiven;
      if (width < 0) {
        width = -width;
        minus = true;
        zero = false;
      }
      afterIndex = false;
    } else {
      width = number(format, end);
      widthGiven = intGiven;
      if (afterIndex && widthGiven) {
        goodIndex = false;
      }
    }
    if (at + 1 <= end && at < end && format.charAt(at) == '.') {
      at++;
      if (afterIndex) {
        goodIndex = false;
      }
      argumentIndex(format, arguments.length);
      if (at < end && format.charAt(at) == '*') {
        at++;
        precision = intArgument(arguments);
        precisionGiven = intGiven;
        if (precision < 0) {
          precision = 0;
          precisionGiven = false;
        }
        if (!precisionGiven) {
          write("%!(BADPREC)");
        }
        afterIndex = false;
      } else {
        precision = number(format, end);
        precisionGiven = true;
        if (!intGiven) {
          precision = 0;
        }
      }
    }
    if (!afterIndex) {
      argumentIndex(format, arguments.length);
    }
  }

  private boolean intGiven;

  private int intArgument(@Nullable Object[] arguments) {
    intGiven = false;
    if (argument >= arguments.length) {
      return 0;
    }
    Object value = Values.plain(arguments[argument++]);
    if (value instanceof Long n && n <= TOO_LARGE && n >= -TOO_LARGE) {
      intGiven = true;
      return n.intValue();
    }
    return 0;
  }

  private int number(String format, int end) {
    intGiven = false;
    int value = 0;
    while (at < end && format.charAt(at) >= '0' && format.charAt(at) <= '9') {
      if (value > TOO_LARGE) {
        intGiven = false;
        at = end; // such a number takes the rest of the format with it
        return 0;
      }
      value = value * 10 + format.charAt(at++) - '0';
      intGiven = true;
    }
    return value;
  }

  /** Takes an index in brackets, where there is one. */
  private void argumentIndex(String format, int count) {
    if (at >= format.length() || format.charAt(at) != '[') {
      afterIndex = false;
      return;
    }
    reordered = true;
    int close = at + 3 <= format.length() ? format.indexOf(']', at) : -1;
    if (close < 0) {
      goodIndex = false;
      at++;
      afterIndex = false;
      return;
    }
    at++;
    int index = number(format, close);
    boolean good = intGiven && at == close;
    at = close + 1;
    if (good && index >= 1 && index <= count) {
      argument = index - 1;
      afterIndex = true;
      return;
    }
    goodIndex = false;
    afterIndex = good;
  }

  private void write(String text) throws GoError {
    if (out.length() + (long) text.length() > limit) {
      throw tooLarge();
    }
    out.append(text);
  }

  private GoError tooLarge() {
    return new GoError("text of more than " + limit + " characters");
  }

  private void printArgument(@Nullable Object boxed, int verb) throws GoError {
    Object value = Values.unbox(boxed);
    if (value == null) {
      if (verb == 'T' || verb == 'v') {
        pad("<nil>");
      } else {
        badVerb(verb, null);
      }
      return;
    }
    if (verb == 'T') {
      string(Values.typeName(value), 's');
      return;
    }
    if (verb == 'p') {
      pointer(value, 'p');
      return;
    }
    if (!handledByMethods(value, verb)) {
      printValue(value, verb, 0);
    }
  }

  private boolean handledByMethods(Object value, int verb) throws GoError {
    if (erroring) {
      return false;
    }
    if (verb == 'w') {
      badVerb(verb, value); // it is for wrapping errors alone
      return true;
    }
    if (sharpV) {
      return false;
    }
    if (verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q') {
      String text = Values.methods(value).text();
      if (text != null) {
        string(text, verb);
        return true;
      }
    }
    return false;
  }

  private void badVerb(int verb, @Nullable Object value) throws GoError {
    erroring = true;
    out.append("%!").appendCodePoint(verb).append('(');
    if (value == null) {
      out.append("<nil>");
    } else {
      out.append(Values.typeName(value)).append('=');
      if (Values.kind(value) == Kind.POINTER || value instanceof GoValue) {
        printValue(value, 'v', 0);
      } else {
        printArgument(value, 'v');
      }
    }
    out.append(')');
    erroring = false;
  }

  private void printValue(@Nullable Object value, int verb, int depth) throws GoError {
    if (out.length() > limit) {
      throw tooLarge();
    }
    if (depth > DEEP) {
      throw new GoError("value nested more than " + DEEP + " levels deep");
    }
    if (depth > 0 && value != null && handledByMethods(value, verb)) {
      return;
    }
    switch (value) {
      case null -> {
        if (verb == 'v') {
          out.append("<nil>");
        } else {
          badVerb(verb, null);
        }
      }
      case String s -> string(s, verb, s);
      case Boolean b -> bool(b, verb, b);
      case Long l -> integer(l, true, verb, l);
      case Double d -> floating(d, verb, d);
      case Scalar s -> scalar(s, verb);
      case Complex c -> complex(c, verb);
      case Boxed b -> {
        if (b.value() == null) {
          out.append(sharpV ? "interface {}(nil)" : "<nil>");
        } else {
          printValue(b.value(), verb, depth + 1);
        }
      }
      case GoMap m -> map(m, verb, depth);
      case GoSlice s -> slice(s, verb, depth);
      case Struct s -> struct(s, verb, depth);
      case Pointer p -> {
        Object target = p.target();
        if (depth == 0
            && (target instanceof GoMap || target instanceof GoSlice || target instanceof Struct)) {
          out.append('&');
          printValue(target, verb, depth + 1);
        } else {
          pointer(p, verb);
        }
      }
      case Function f -> pointer(f, verb);
      default -> throw new IllegalStateException("not a value: " + value.getClass());
    }
  }

  private void scalar(Scalar scalar, int verb) throws GoError {
    switch (scalar.value()) {
      case String s -> string(s, verb, scalar);
      case Boolean b -> bool(b, verb, scalar);
      case Long l -> integer(l, scalar.type().kind() == Kind.INT, verb, scalar);
      case Double d -> floating(d, verb, scalar);
      default -> throw new IllegalStateException("not a scalar: " + scalar.type());
    }
  }

  private void map(GoMap map, int verb, int depth) throws GoError {
    if (sharpV) {
      out.append(map.type().name());
      if (map.entries() == null) {
        out.append("(nil)");
        return;
      }
      out.append('{');
    } else {
      out.append("map[");
    }
    boolean first = true;
    for (SortedEntries.Entry entry : SortedEntries.of(map)) {
      if (!first) {
        out.append(sharpV ? ", " : " ");
      }
      first = false;
      printValue(entry.key(), verb, depth + 1);
      out.append(':');
      printValue(entry.value(), verb, depth + 1);
    }
    out.append(sharpV ? '}' : ']');
  }

  private void slice(GoSlice slice, int verb, int depth) throws GoError {
    List<?> elements = slice.elements();
    if (sharpV) {
      out.append(slice.type().name());
      if (elements == null) {
        out.append("(nil)");
        return;
      }
    }
    out.append(sharpV ? '{' : '[');
    GoType element = slice.type().element();
    for (int i = 0; i < slice.size(); i++) {
      if (i > 0) {
        out.append(sharpV ? ", " : " ");
      }
      printValue(Data.of(elements == null ? null : elements.get(i), element), verb, depth + 1);
    }
    out.append(sharpV ? '}' : ']');
  }

  private void struct(Struct struct, int verb, int depth) throws GoError {
    if (sharpV) {
      out.append(struct.type().name());
    }
    out.append('{');
    List<String> names = struct.fields().names();
    for (int i = 0; i < names.size(); i++) {
      if (i > 0) {
        out.append(sharpV ? ", " : " ");
      }
      if (plusV || sharpV) {
        out.append(names.get(i)).append(':');
      }
      Object field = struct.fields().get(i);
      printValue(
          field instanceof Boxed b && b.value() != null ? b.value() : field, verb, depth + 1);
    }
    out.append('}');
  }

  private void pointer(Object value, int verb) throws GoError {
    long address;
    switch (value) {
      case Pointer p -> address = p.target() == null ? 0 : ADDRESS;
      case GoMap m -> address = m.entries() == null ? 0 : ADDRESS;
      case GoSlice s -> address = s.elements() == null ? 0 : ADDRESS;
      case Function f -> address = ADDRESS;
      default -> {
        badVerb(verb, value);
        return;
      }
    }
    switch (verb) {
      case 'v' -> {
        if (sharpV) {
          out.append('(').append(Values.typeName(value)).append(")(");
          if (address == 0) {
            out.append("nil");
          } else {
            hexAddress(address, true);
          }
          out.append(')');
        } else if (address == 0) {
          pad("<nil>");
        } else {
          hexAddress(address, !sharp);
        }
      }
      case 'p' -> hexAddress(address, !sharp);
      case 'b', 'o', 'd', 'x', 'X' -> integer(address, false, verb, value);
      default -> badVerb(verb, value);
    }
  }

  private void hexAddress(long value, boolean prefix) throws GoError {
    boolean before = sharp;
    sharp = prefix;
    digits(value, 16, false, 'v', false);
    sharp = before;
  }

  private void bool(boolean value, int verb, Object whole) throws GoError {
    if (verb == 't' || verb == 'v') {
      pad(Boolean.toString(value));
    } else {
      badVerb(verb, whole);
    }
  }

  private void integer(long value, boolean signed, int verb, Object whole) throws GoError {
    switch (verb) {
      case 'v' -> {
        if (sharpV && !signed) {
          hexAddress(value, true);
        } else {
          digits(value, 10, signed, verb, false);
        }
      }
      case 'd' -> digits(value, 10, signed, verb, false);
      case 'b' -> digits(value, 2, signed, verb, false);
      case 'o', 'O' -> digits(value, 8, signed, verb, false);
      case 'x' -> digits(value, 16, signed, verb, false);
      case 'X' -> digits(value, 16, signed, verb, true);
      case 'c' -> pad(Character.toString(GoText.validRune(value)));
      case 'q' -> pad(GoText.quoteRune(value, plus));
      case 'U' -> unicode(value);
      default -> badVerb(verb, whole);
    }
  }

  private void unicode(long value) throws GoError {
    String hex = Long.toHexString(value).toUpperCase(java.util.Locale.ROOT);
    int least = precisionGiven && precision > 4 ? precision : 4;
    StringBuilder text = new StringBuilder("U+");
    text.repeat('0', Math.max(0, least - hex.length())).append(hex);
    if (sharp && value >= 0 && value <= 0x10ffff && GoText.isPrint((int) value)) {
      text.append(" '").appendCodePoint((int) value).append('\'');
    }
    padWithSpaces(text.toString());
  }

  private void digits(long value, int radix, boolean signed, int verb, boolean upper)
      throws GoError {
    boolean negative = signed && value < 0;
    long magnitude = negative ? -value : value;
    int least = 0;
    if (precisionGiven) {
      least = precision;
      if (least == 0 && magnitude == 0) {
        boolean before = zero;
        zero = false;
        padding(width);
        zero = before;
        return;
      }
    } else if (zero && widthGiven) {
      least = width;
      if (negative || plus || space) {
        least--;
      }
    }
    String digits = Long.toUnsignedString(magnitude, radix);
    if (upper) {
      digits = digits.toUpperCase(java.util.Locale.ROOT);
    }
    StringBuilder text = new StringBuilder();
    if (negative) {
      text.append('-');
    } else if (plus) {
      text.append('+');
    } else if (space) {
      text.append(' ');
    }
    if (verb == 'O') {
      text.append("0o");
    }
    if (sharp) {
      switch (radix) {
        case 2 -> text.append("0b");
        case 8 -> {
          if (least <= digits.length() && digits.charAt(0) != '0') {
            text.append('0');
          }
        }
        case 16 -> text.append(upper ? "0X" : "0x");
        default -> {}
      }
    }
    text.repeat('0', Math.max(0, least - digits.length())).append(digits);
    padWithSpaces(text.toString());
  }

  private void floating(double value, int verb, Object whole) throws GoError {
    switch (verb) {
      case 'v' -> floating(value, 'g', -1);
      case 'b', 'g', 'G', 'x', 'X' -> floating(value, (char) verb, -1);
      case 'f', 'e', 'E' -> floating(value, (char) verb, 6);
      case 'F' -> floating(value, 'f', 6);
      default -> badVerb(verb, whole);
    }
  }

  private void floating(double value, char verb, int usual) throws GoError {
    int asked = precisionGiven ? precision : usual;
    String formatted = GoNumber.format(value, verb, asked);
    StringBuilder number = new StringBuilder(formatted);
    if (formatted.charAt(0) != '-' && formatted.charAt(0) != '+') {
      number.insert(0, '+');
    }
    if (space && number.charAt(0) == '+' && !plus) {
      number.setCharAt(0, ' ');
    }
    if (number.charAt(1) == 'I' || number.charAt(1) == 'N') {
      if (number.charAt(1) == 'N' && !space && !plus) {
        number.deleteCharAt(0);
      }
      padWithSpaces(number.toString());
      return;
    }
    if (sharp && verb != 'b') {
      keepPoint(number, verb, asked);
    }
    if (plus || number.charAt(0) != '+') {
      if (zero && widthGiven && width > number.length()) {
        out.append(number.charAt(0));
        padding(width - number.length());
        write(number.substring(1));
        return;
      }
      pad(number.toString());
      return;
    }
    pad(number.substring(1));
  }

  /** What the flag # does to a float: it always has a point, and %g keeps its zeros. */
  private static void keepPoint(StringBuilder number, char verb, int asked) {
    int digits = 0;
    if (verb == 'g' || verb == 'G' || verb == 'x') {
      digits = asked == -1 ? 6 : asked;
    }
    String tail = "";
    boolean point = false;
    boolean nonzero = false;
    boolean hex = verb == 'x' || verb == 'X';
    for (int i = 1; i < number.length(); i++) {
      char c = number.charAt(i);
      if (c == '.') {
        point = true;
      } else if (c == 'p' || c == 'P' || (!hex && (c == 'e' || c == 'E'))) {
        tail = number.substring(i);
        number.setLength(i);
      } else {
        nonzero |= c != '0';
        if (nonzero) {
          digits--;
        }
      }
    }
    if (!point) {
      if (number.length() == 2 && number.charAt(1) == '0') {
        digits--;
      }
      number.append('.');
    }
    number.repeat('0', Math.max(0, digits)).append(tail);
  }

  private void complex(Complex value, int verb) throws GoError {
    if ("vbgGxXfFeE".indexOf(verb) < 0) {
      badVerb(verb, value);
      return;
    }
    boolean before = plus;
    out.append('(');
    floating(value.real(), verb, value);
    plus = true;
    floating(value.imaginary(), verb, value);
    out.append("i)");
    plus = before;
  }

  private void string(String value, int verb) throws GoError {
    string(value, verb, value);
  }

  private void string(String value, int verb, Object whole) throws GoError {
    switch (verb) {
      case 'v' -> {
        if (sharpV) {
          quoted(value);
        } else {
          pad(truncated(value));
        }
      }
      case 's' -> pad(truncated(value));
      case 'q' -> quoted(value);
      case 'x' -> hexBytes(value, false);
      case 'X' -> hexBytes(value, true);
      default -> badVerb(verb, whole);
    }
  }

  private String truncated(String value) {
    if (!precisionGiven || value.length() <= precision) {
      return value;
    }
    int count = value.codePointCount(0, value.length());
    return count <= precision ? value : value.substring(0, value.offsetByCodePoints(0, precision));
  }

  private void quoted(String value) throws GoError {
    String text = truncated(value);
    if (sharp && GoText.canBackquote(text)) {
      pad("`" + text + "`");
    } else {
      pad(plus ? GoText.quoteAscii(text) : GoText.quote(text));
    }
  }

  private void hexBytes(String value, boolean upper) throws GoError {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    int length = bytes.length;
    if (precisionGiven && precision < length) {
      length = precision;
    }
    if (length == 0) {
      if (widthGiven) {
        padding(width);
      }
      return;
    }
    if (out.length() + 5L * length > limit) {
      throw tooLarge();
    }
    String prefix = upper ? "0X" : "0x";
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      if (space && i > 0) {
        text.append(' ');
      }
      if (sharp && (space || i == 0)) {
        text.append(prefix);
      }
      char high = Character.forDigit((bytes[i] >> 4) & 15, 16);
      char low = Character.forDigit(bytes[i] & 15, 16);
      text.append(upper ? Character.toUpperCase(high) : high);
      text.append(upper ? Character.toUpperCase(low) : low);
    }
    pad(text.toString());
  }

  private void padWithSpaces(String text) throws GoError {
    boolean before = zero;
    zero = false;
    pad(text);
    zero = before;
  }

  private void pad(String text) throws GoError {
    if (!widthGiven || width == 0) {
      write(text);
      return;
    }
    int missing = width - text.codePointCount(0, text.length());
    if (!minus) {
      padding(missing);
      write(text);
    } else {
      write(text);
      padding(missing);
    }
  }

  private void padding(int count) throws GoError {
    if (count <= 0) {
      return;
    }
    if (out.length() + (long) count > limit) {
      throw tooLarge();
    }
    out.repeat(zero ? '0' : ' ', count);
  }
}
