package io.narthex.web.api;

import io.narthex.api.model.Labels;
import io.narthex.api.model.SampleBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON to a stream as it goes, without a tree in between. The caller nests correctly; commas
 * are put by this class. Strings are written as UTF-8; {@code <}, {@code >}, {@code &} and the line
 * separators are escaped as Go does, so that an answer is harmless inside HTML. An unpaired
 * surrogate becomes U+FFFD. Not safe for several threads.
 */
final class JsonStream {
  /** The size of the pieces in which a long answer goes out. */
  static final int DRAIN_AT = 64 << 10;

  private static final String HEX = "0123456789abcdef";

  /** By ASCII character, whether it stands for itself in a string. */
  private static final boolean[] PLAIN = new boolean[0x80];

  static {
    for (char c = ' '; c < 0x80; c++) {
      PLAIN[c] = "\"\\<>&".indexOf(c) < 0;
    }
  }

  /** The most labels whose names are remembered. */
  private static final int NAMES = 32;

  private final OutputStream out;
  private final Ascii buffer = new Ascii();

  /** Whether the next element needs a comma in front. */
  private boolean comma;

  /** By position, the name of the latest label there, and how it was written. */
  private final @Nullable String[] names = new String[NAMES];

  private final byte[][] keys = new byte[NAMES][];

  JsonStream(OutputStream out) {
    this.out = out;
  }

  JsonStream beginObject() throws IOException {
    return open('{');
  }

  JsonStream endObject() throws IOException {
    return close('}');
  }

  JsonStream beginArray() throws IOException {
    return open('[');
  }

  JsonStream endArray() throws IOException {
    return close(']');
  }

  /** Writes a key of an object; its value must follow. */
  JsonStream key(String name) throws IOException {
    separate();
    string(name);
    buffer.add(':');
    comma = false;
    return this;
  }

  JsonStream value(String text) throws IOException {
    separate();
    string(text);
    return written();
  }

  JsonStream value(long number) throws IOException {
    separate();
    buffer.add(number);
    return written();
  }

  /** A number; infinities and NaN, which JSON lacks, must be written by {@link #sampleValue}. */
  JsonStream value(double number) throws IOException {
    separate();
    GoNumbers.append(number, buffer);
    return written();
  }

  JsonStream value(boolean bool) throws IOException {
    separate();
    buffer.add(bool ? "true" : "false");
    return written();
  }

  /** Null. */
  JsonStream nothing() throws IOException {
    separate();
    buffer.add("null");
    return written();
  }

  /** A sample's value: a number in quotes. */
  JsonStream sampleValue(double number) throws IOException {
    separate();
    buffer.add('"');
    GoNumbers.append(number, buffer);
    buffer.add('"');
    return written();
  }

  /** The value of a scalar expression: a number in quotes, never with an exponent. */
  JsonStream scalarValue(double number) throws IOException {
    separate();
    buffer.add('"');
    GoNumbers.appendWithoutExponent(number, buffer);
    buffer.add('"');
    return written();
  }

  /** Milliseconds as seconds, with as few digits as possible. */
  JsonStream shortTimestamp(long millis) throws IOException {
    separate();
    GoNumbers.appendShortTimestamp(millis, buffer);
    return written();
  }

  /** Milliseconds as seconds, with none or three digits of a fraction. */
  JsonStream timestamp(long millis) throws IOException {
    separate();
    GoNumbers.appendTimestamp(millis, buffer);
    return written();
  }

  JsonStream labels(Labels labels) throws IOException {
    beginObject();
    for (int i = 0; i < labels.size(); i++) {
      labelName(i, labels.name(i));
      string(labels.value(i));
      comma = true;
    }
    return endObject();
  }

  JsonStream texts(Map<String, String> byName) throws IOException {
    beginObject();
    for (Map.Entry<String, String> text : byName.entrySet()) {
      key(text.getKey()).value(text.getValue());
    }
    return endObject();
  }

  /** Series after series has the same names, mostly the same objects. */
  @SuppressWarnings("ReferenceEquality")
  private void labelName(int i, String name) throws IOException {
    if (i < NAMES && names[i] == name) {
      buffer.add(keys[i]);
      return;
    }
    int start = buffer.size;
    key(name);
    if (i < NAMES) {
      names[i] = name;
      keys[i] = Arrays.copyOfRange(buffer.bytes, start, buffer.size);
    }
  }

  /**
   * The points of a series, {@code [time,"value"]} each: in an array, or the only one alone.
   *
   * @param times of all series of the answer
   */
  JsonStream points(SampleBatch floats, PointTimes times, boolean alone) throws IOException {
    separate();
    if (!alone) {
      buffer.add('[');
    }
    times.begin();
    int first = buffer.size;
    long before = 0;
    int text = 0;
    int length = 0;
    for (int i = 0; i < floats.size; i++) {
      times.add(floats.timestamps[i], buffer);
      double value = floats.values[i];
      long bits = Double.doubleToRawLongBits(value);
      int at = buffer.size;
      if (bits == before && length > 0) {
        System.arraycopy(buffer.bytes, text, buffer.reserve(length), at, length);
        buffer.size = at + length;
      } else {
        GoNumbers.append(value, buffer);
        before = bits;
        length = buffer.size - at;
      }
      text = at;
      byte[] to = buffer.reserve(2);
      to[buffer.size] = '"';
      to[buffer.size + 1] = ']';
      buffer.size += 2;
      if (i == 0) {
        // No comma in front of the first.
        System.arraycopy(to, first + 1, to, first, --buffer.size - first);
        text--;
      }
      if (buffer.size >= DRAIN_AT) {
        buffer.drainTo(out);
        length = 0;
      }
    }
    if (!alone) {
      buffer.add(']');
    }
    return written();
  }

  JsonStream strings(Collection<String> items) throws IOException {
    beginArray();
    for (String item : items) {
      value(item);
    }
    return endArray();
  }

  JsonStream strings(Map<String, String> map) throws IOException {
    beginObject();
    for (Map.Entry<String, String> entry : map.entrySet()) {
      key(entry.getKey()).value(entry.getValue());
    }
    return endObject();
  }

  /** Hands everything to the stream. */
  void flush() throws IOException {
    buffer.drainTo(out);
  }

  private JsonStream open(char bracket) throws IOException {
    separate();
    buffer.add(bracket);
    comma = false;
    return this;
  }

  private JsonStream close(char bracket) throws IOException {
    buffer.add(bracket);
    return written();
  }

  private void separate() {
    if (comma) {
      buffer.add(',');
    }
  }

  private JsonStream written() throws IOException {
    comma = true;
    if (buffer.size() >= DRAIN_AT) {
      buffer.drainTo(out);
    }
    return this;
  }

  private void string(String text) {
    int n = text.length();
    byte[] to = buffer.reserve(n + 2);
    int at = buffer.size;
    to[at++] = '"';
    int i = 0;
    while (i < n) {
      char c = text.charAt(i);
      if (c >= 0x80 || !PLAIN[c]) {
        break;
      }
      to[at++] = (byte) c;
      i++;
    }
    buffer.size = at;
    if (i < n) {
      escaped(text, i);
    }
    buffer.add('"');
  }

  /** Adds what stands from {@code from} on. */
  private void escaped(String text, int from) {
    int n = text.length();
    for (int i = from; i < n; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        ascii(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < n
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        buffer.addByte(0xf0 | (point >> 18));
        buffer.addByte(0x80 | ((point >> 12) & 0x3f));
        buffer.addByte(0x80 | ((point >> 6) & 0x3f));
        buffer.addByte(0x80 | (point & 0x3f));
      } else if (c == 0x2028 || c == 0x2029) {
        buffer.add(c == 0x2028 ? "\\u2028" : "\\u2029");
      } else if (c < 0x800) {
        buffer.addByte(0xc0 | (c >> 6));
        buffer.addByte(0x80 | (c & 0x3f));
      } else {
        int point = Character.isSurrogate(c) ? 0xfffd : c;
        buffer.addByte(0xe0 | (point >> 12));
        buffer.addByte(0x80 | ((point >> 6) & 0x3f));
        buffer.addByte(0x80 | (point & 0x3f));
      }
    }
  }

  private void ascii(char c) {
    switch (c) {
      case '"' -> buffer.add("\\\"");
      case '\\' -> buffer.add("\\\\");
      case '\n' -> buffer.add("\\n");
      case '\r' -> buffer.add("\\r");
      case '\t' -> buffer.add("\\t");
      default -> {
        if (c < ' ' || c == '<' || c == '>' || c == '&') {
          buffer.add("\\u00");
          buffer.add(HEX.charAt(c >> 4));
          buffer.add(HEX.charAt(c & 0xf));
        } else {
          buffer.add(c);
        }
      }
    }
  }
}
