package io.narthex.ingest.otlp;

import io.narthex.api.format.FloatText;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.wire.MalformedException;
import io.narthex.ingest.otlp.JsonMessages.Field;
import io.narthex.ingest.otlp.JsonMessages.Message;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a request in OTLP's JSON as protobuf, in one pass and without recursion, so that there
 * is one reader of requests. What the protobuf mapping of JSON says holds, but that ids are
 * hexadecimal: names in lowerCamelCase or as in the {@code .proto} file, 64-bit numbers as numbers
 * or strings, enums as numbers or names, {@code null} for nothing, unknown names passed over.
 * Source: the OTLP specification 1.9, "JSON Protobuf Encoding".
 *
 * <p>Lengths of nested messages are written in five bytes, whatever they are, because they are
 * known only at their ends. Belongs to one request at a time.
 */
final class JsonRequest {
  /** How deep objects and lists may stand in each other. */
  static final int MAX_DEPTH = 512;

  /** Bytes of a length. */
  private static final int LENGTH = 5;

  private static final Buffer NO_BUFFER = new Buffer(new MemoryBudget(0));

  private byte[] in = new byte[0];
  private int at;
  private int end;

  private Buffer out = NO_BUFFER;

  /** For each open object the message that it is, null for one that is passed over. */
  private final @Nullable Message[] messages = new Message[MAX_DEPTH];

  /** For each open list the field that its elements are of, null for one that is passed over. */
  private final @Nullable Field[] elements = new Field[MAX_DEPTH];

  private final boolean[] isList = new boolean[MAX_DEPTH];

  /** For each open object where its length stands, −1 for none. */
  private final int[] lengths = new int[MAX_DEPTH];

  private int depth;

  private final Text string = new Text();
  private final FloatText floats = new FloatText();

  /**
   * Rewrites the first {@code length} bytes of {@code json} to the beginning of {@code into}.
   *
   * @return the length of the message
   * @throws MalformedException when it is no JSON, or no such request
   * @throws Workspace.NoRoomException when there is no room for the message now
   */
  int rewrite(byte[] json, int length, Buffer into)
      throws MalformedException, Workspace.NoRoomException {
    in = json;
    at = 0;
    end = length;
    out = into;
    out.length = 0;
    depth = 0;
    space();
    if (peek() != '{') {
      throw unexpected("an object");
    }
    at++;
    open(JsonMessages.REQUEST, -1);
    boolean first = true;
    while (depth > 0) {
      space();
      boolean list = isList[depth - 1];
      if (peek() == (list ? ']' : '}')) {
        at++;
        close();
        first = false;
        continue;
      }
      if (!first) {
        expect(',');
        space();
      }
      Field field = list ? elements[depth - 1] : name(messages[depth - 1]);
      first = value(field, list);
    }
    space();
    if (at < end) {
      throw unexpected("the end");
    }
    return out.length;
  }

  /** Lets go of the request that was rewritten last. */
  void release() {
    in = new byte[0];
    at = 0;
    end = 0;
    out = NO_BUFFER;
  }

  /** Whether a request has made it larger than usual. */
  boolean isLarge() {
    return string.isLarge();
  }

  private void open(@Nullable Message message, int lengthAt) throws MalformedException {
    deeper();
    messages[depth] = message;
    isList[depth] = false;
    lengths[depth++] = lengthAt;
  }

  private void deeper() throws MalformedException {
    if (depth == MAX_DEPTH) {
      throw new MalformedException(
          "cannot read JSON: got values that are nested more than " + MAX_DEPTH + " deep");
    }
  }

  private void close() {
    depth--;
    if (!isList[depth] && lengths[depth] >= 0) {
      int rest = out.length - lengths[depth] - LENGTH;
      for (int i = 0; i < LENGTH; i++) {
        out.bytes[lengths[depth] + i] = (byte) ((rest & 0x7f) | (i < LENGTH - 1 ? 0x80 : 0));
        rest >>>= 7;
      }
    }
  }

  /** Reads a name and its colon; null for a field that means nothing here. */
  private @Nullable Field name(@Nullable Message message) throws MalformedException {
    if (peek() != '"') {
      throw unexpected("a name");
    }
    at++;
    string();
    Field field = message == null ? null : message.field(string.bytes, string.length);
    space();
    expect(':');
    space();
    return field;
  }

  /**
   * Reads a value, or the beginning of one that contains others.
   *
   * @param element whether it stands in a list
   * @return whether it is the beginning of one
   */
  private boolean value(@Nullable Field field, boolean element)
      throws MalformedException, Workspace.NoRoomException {
    int c = peek();
    switch (c) {
      case '{' -> {
        at++;
        if (field == null) {
          open(null, -1);
        } else if (field.message() == null || (field.repeated() && !element)) {
          throw wrong(field, "an object");
        } else {
          out.tag(field.number(), 2);
          int lengthAt = out.length;
          out.zeros(LENGTH);
          open(field.message(), lengthAt);
        }
        return true;
      }
      case '[' -> {
        at++;
        if (field != null && (!field.repeated() || element)) {
          throw wrong(field, "a list");
        }
        deeper();
        isList[depth] = true;
        elements[depth++] = field;
        return true;
      }
      case '"' -> {
        at++;
        string();
        if (field != null) {
          scalar(field, element, string.bytes, 0, string.length, true);
        }
      }
      case 't' -> word("true", field, element, 1);
      case 'f' -> word("false", field, element, 0);
      case 'n' -> word("null", null, element, 0);
      default -> {
        int from = at;
        number();
        if (field != null) {
          scalar(field, element, in, from, at - from, false);
        }
      }
    }
    return false;
  }

  private void word(String word, @Nullable Field field, boolean element, int value)
      throws MalformedException, Workspace.NoRoomException {
    for (int i = 0; i < word.length(); i++) {
      if (peek() != word.charAt(i)) {
        throw unexpected(word);
      }
      at++;
    }
    if (field == null) {
      return;
    }
    if (field.kind() != JsonMessages.Kind.BOOL || (field.repeated() && !element)) {
      throw wrong(field, word);
    }
    out.tag(field.number(), 0);
    out.varint(value);
  }

  private void scalar(
      Field field, boolean element, byte[] from, int offset, int length, boolean quoted)
      throws MalformedException, Workspace.NoRoomException {
    if (field.repeated() && !element) {
      throw wrong(field, quoted ? "a string" : "a number");
    }
    int number = field.number();
    switch (field.kind()) {
      case STRING -> {
        if (!quoted) {
          throw wrong(field, "a number");
        }
        out.tag(number, 2);
        out.varint(length);
        out.add(from, offset, length);
      }
      case HEX, BASE64 -> {
        byte[] decoded = decoded(field, from, offset, length, quoted);
        out.tag(number, 2);
        out.varint(decoded.length);
        out.add(decoded, 0, decoded.length);
      }
      case UINT32, UINT64, INT64 -> {
        long n = integer(field, from, offset, length);
        out.tag(number, 0);
        out.varint(n);
      }
      case SINT32 -> {
        long n = integer(field, from, offset, length);
        out.tag(number, 0);
        out.varint(n << 1 ^ n >> 63);
      }
      case TEMPORALITY -> {
        boolean named = quoted && (length == 0 || from[offset] > '9');
        out.tag(number, 0);
        out.varint(
            named
                ? JsonMessages.temporality(new String(from, offset, length, StandardCharsets.UTF_8))
                : integer(field, from, offset, length));
      }
      case FIXED64, SFIXED64 -> {
        long n = integer(field, from, offset, length);
        out.tag(number, 1);
        out.fixed64(n);
      }
      case DOUBLE -> {
        if (floats.read(from, offset, offset + length) != FloatText.Outcome.OK) {
          throw wrong(field, excerpt(from, offset, length));
        }
        out.tag(number, 1);
        out.fixed64(Double.doubleToRawLongBits(floats.value()));
      }
      case BOOL, MESSAGE -> throw wrong(field, quoted ? "a string" : "a number");
    }
  }

  private byte[] decoded(Field field, byte[] from, int offset, int length, boolean quoted)
      throws MalformedException {
    String text = new String(from, offset, length, StandardCharsets.UTF_8);
    try {
      if (!quoted) {
        throw wrong(field, "a number");
      }
      return field.kind() == JsonMessages.Kind.HEX
          ? HexFormat.of().parseHex(text)
          : text.indexOf('-') >= 0 || text.indexOf('_') >= 0
              ? Base64.getUrlDecoder().decode(text)
              : Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw wrong(field, excerpt(from, offset, length));
    }
  }

  /** A whole number that the field can be. */
  private static long integer(Field field, byte[] from, int offset, int length)
      throws MalformedException {
    boolean negative = length > 0 && from[offset] == '-';
    int p = negative ? offset + 1 : offset;
    int last = offset + length;
    long n = 0;
    boolean good = p < last && last - p <= 20;
    for (; good && p < last; p++) {
      int digit = from[p] - '0';
      // 1844674407370955161 is the largest unsigned number divided by ten, and 5 the rest.
      good =
          digit >= 0
              && digit <= 9
              && (Long.compareUnsigned(n, 1844674407370955161L) < 0
                  || (n == 1844674407370955161L && digit <= 5));
      n = 10 * n + digit;
    }
    if (!good || !isInRange(field.kind(), negative, n)) {
      throw wrong(field, excerpt(from, offset, length));
    }
    return negative ? -n : n;
  }

  /** Whether a field can be the number, whose size is {@code n} without a sign. */
  private static boolean isInRange(JsonMessages.Kind kind, boolean negative, long n) {
    return switch (kind) {
      case UINT64, FIXED64 -> !negative || n == 0;
      case UINT32 -> (!negative || n == 0) && n >>> 32 == 0;
      case INT64, SFIXED64 -> n >= 0 || (negative && n == Long.MIN_VALUE);
      default -> n >>> 31 == 0 || (negative && n == 1L << 31);
    };
  }

  private void number() throws MalformedException {
    int from = at;
    while (at < end && isOfNumber(in[at])) {
      at++;
    }
    if (at == from || (in[from] != '-' && (in[from] < '0' || in[from] > '9'))) {
      at = from;
      throw unexpected("a value");
    }
    if (floats.read(in, from, at) == FloatText.Outcome.SYNTAX) {
      at = from;
      throw unexpected("a number");
    }
  }

  private static boolean isOfNumber(byte c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  }

  /** Reads a string, behind its first quote, into {@link #string}. */
  private void string() throws MalformedException {
    string.length = 0;
    while (true) {
      int from = at;
      while (at < end && in[at] != '"' && in[at] != '\\' && (in[at] >= ' ' || in[at] < 0)) {
        at++;
      }
      string.add(in, from, at - from);
      int c = peek();
      at++;
      if (c == '"') {
        break;
      }
      if (c != '\\') {
        at--;
        throw unexpected("a character of a string");
      }
      escape();
    }
    AttributeText.requireUtf8(string.bytes, 0, string.length);
  }

  private void escape() throws MalformedException {
    int c = peek();
    at++;
    switch (c) {
      case '"', '\\', '/' -> string.add(c);
      case 'b' -> string.add('\b');
      case 'f' -> string.add('\f');
      case 'n' -> string.add('\n');
      case 'r' -> string.add('\r');
      case 't' -> string.add('\t');
      case 'u' -> {
        int point = unit();
        if (point >= 0xd800
            && point < 0xdc00
            && at + 1 < end
            && in[at] == '\\'
            && in[at + 1] == 'u') {
          int before = at;
          at += 2;
          int low = unit();
          if (low >= 0xdc00 && low < 0xe000) {
            point = Character.toCodePoint((char) point, (char) low);
          } else {
            at = before;
          }
        }
        if (point >= 0xd800 && point < 0xe000) {
          // Half of a character.
          point = 0xfffd;
        }
        string.add(Character.toString(point));
      }
      default -> {
        at--;
        throw unexpected("an escape");
      }
    }
  }

  private int unit() throws MalformedException {
    int unit = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(peek(), 16);
      if (digit < 0) {
        throw unexpected("a hexadecimal digit");
      }
      at++;
      unit = unit << 4 | digit;
    }
    return unit;
  }

  private void space() {
    while (at < end && (in[at] == ' ' || in[at] == '\n' || in[at] == '\r' || in[at] == '\t')) {
      at++;
    }
  }

  private int peek() throws MalformedException {
    if (at >= end) {
      throw new MalformedException("cannot read JSON: unexpected end");
    }
    return in[at];
  }

  private void expect(char c) throws MalformedException {
    if (peek() != c) {
      throw unexpected("'" + c + "'");
    }
    at++;
  }

  private MalformedException unexpected(String wanted) {
    return new MalformedException(
        "cannot read JSON at offset "
            + at
            + ": got "
            + (at < end ? excerpt(in, at, Math.min(20, end - at)) : "the end")
            + ", want "
            + wanted);
  }

  private static MalformedException wrong(Field field, String got) {
    return new MalformedException("cannot read JSON: got " + got + " for " + field.name());
  }

  private static String excerpt(byte[] from, int offset, int length) {
    byte[] some = Arrays.copyOfRange(from, offset, offset + Math.min(length, 40));
    return '"' + new String(some, StandardCharsets.UTF_8) + '"';
  }
}
