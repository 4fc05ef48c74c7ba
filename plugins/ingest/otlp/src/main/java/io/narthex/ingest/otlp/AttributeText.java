package io.narthex.ingest.otlp;

import io.narthex.api.format.ByteScan;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.TreeMap;

/**
 * Values of attributes as texts, as OpenTelemetry's {@code Value.AsString} makes them: lists and
 * maps become JSON with sorted keys, bytes base64.
 *
 * <pre>
 *   AnyValue      1 string   2 bool   3 int64   4 double   5 ArrayValue   6 KeyValueList   7 bytes
 *   ArrayValue    1 AnyValue*
 *   KeyValueList  1 KeyValue* (1 string key, 2 AnyValue value)
 * </pre>
 *
 * <p>Of several fields of one value the last one counts. Values nest, {@link #MAX_DEPTH} deep at
 * most. Belongs to one reader of a request.
 */
final class AttributeText {
  /** How deep lists and maps may stand in each other. */
  static final int MAX_DEPTH = 64;

  /** The most bytes of a text in a list or map, and of all of its JSON, that are taken. */
  static final int MAX_TEXT = 1 << 20;

  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  private final ProtobufReader p = new ProtobufReader();

  /** Where the text of the value read last stands. */
  byte[] bytes = new byte[0];

  int offset;
  int length;

  /** Whether the text was written behind the given one, whose array may change still. */
  boolean isWritten;

  /** Where the text of the list or map at hand begins. */
  private int begin;

  /** Whether a number in the JSON cannot be in JSON, which makes the whole text empty. */
  private boolean impossible;

  /** Lets go of the request. */
  void release() {
    bytes = new byte[0];
    p.reset(bytes, 0, 0);
  }

  /**
   * Reads the {@code AnyValue} that is the bytes {@code [from, to)} of {@code source}; what is no
   * string is written behind {@code into}. {@link #bytes}, {@link #offset} and {@link #length} say
   * where the text is.
   *
   * @throws MalformedException when it is none, or no UTF-8
   */
  void read(byte[] source, int from, int to, Text into) throws MalformedException {
    p.reset(source, from, to);
    offset = 0;
    length = 0;
    isWritten = false;
    int start = into.length;
    while (p.hasMore()) {
      int tag = p.tag();
      int field = tag >>> 3;
      if (field == 1) {
        ProtobufReader.require(tag, ProtobufReader.BYTES, "StringValue");
        length = p.length();
        offset = p.position;
        bytes = source;
        isWritten = false;
        p.position += length;
        requireUtf8(source, offset, length);
        continue;
      }
      if (field == 0 || field > 7) {
        p.skip(tag);
        continue;
      }
      into.length = start;
      scalar(tag, into);
      bytes = into.bytes;
      offset = start;
      length = into.length - start;
      isWritten = true;
    }
    if (length == 0) {
      bytes = source;
      offset = from;
      isWritten = false;
    }
  }

  /** One field of a value which is no string in itself. */
  private void scalar(int tag, Text into) throws MalformedException {
    switch (tag >>> 3) {
      case 2 -> bool(tag, into);
      case 3 -> integer(tag, into);
      case 4 -> {
        ProtobufReader.require(tag, ProtobufReader.FIXED64, "DoubleValue");
        double v = p.float64();
        if (Double.isNaN(v) || Double.isInfinite(v)) {
          into.add("json: unsupported value: ");
          into.add(Text.plain(v));
        } else {
          into.add(Text.json(v));
        }
      }
      case 7 -> base64(tag, into);
      default -> {
        impossible = false;
        int start = into.length;
        begin = start;
        compound(tag, into, 1);
        if (impossible) {
          into.length = start;
        }
      }
    }
  }

  private void bool(int tag, Text into) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.VARINT, "BoolValue");
    byte[] text = p.varint() != 0 ? TRUE : FALSE;
    into.add(text, 0, text.length);
  }

  private void integer(int tag, Text into) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.VARINT, "IntValue");
    into.add(p.varint());
  }

  private void base64(int tag, Text into) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, "BytesValue");
    int n = p.length();
    byte[] encoded =
        Base64.getEncoder().encode(Arrays.copyOfRange(p.bytes, p.position, p.position + n));
    p.position += n;
    into.add(encoded, 0, encoded.length);
  }

  private void compound(int tag, Text into, int depth) throws MalformedException {
    boolean list = tag >>> 3 == 5;
    ProtobufReader.require(tag, ProtobufReader.BYTES, list ? "ArrayValue" : "KvlistValue");
    if (depth > MAX_DEPTH) {
      throw new MalformedException(
          "cannot read an attribute: got values that are nested more than " + MAX_DEPTH + " deep");
    }
    int outer = p.enter();
    if (list) {
      list(into, depth);
    } else {
      map(into, depth);
    }
    p.leave(outer);
  }

  private void list(Text into, int depth) throws MalformedException {
    into.add('[');
    boolean first = true;
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 1) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "Values");
      if (!first) {
        into.add(',');
      }
      first = false;
      int outer = p.enter();
      json(into, depth + 1);
      p.leave(outer);
    }
    into.add(']');
  }

  private void map(Text into, int depth) throws MalformedException {
    // By key, each with where its text stands: pieces are written first and put in order after.
    TreeMap<byte[], long[]> pieces = new TreeMap<>(Arrays::compareUnsigned);
    int start = into.length;
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 1) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "Values");
      int outer = p.enter();
      int from = into.length;
      byte[] key = entry(into, depth);
      // Of several of one name the last one counts.
      pieces.put(key, new long[] {from, into.length});
      p.leave(outer);
    }
    Text sorted = new Text();
    sorted.add('{');
    for (var piece : pieces.entrySet()) {
      if (sorted.length > 1) {
        sorted.add(',');
      }
      quote(piece.getKey(), 0, piece.getKey().length, sorted);
      sorted.add(':');
      int from = (int) piece.getValue()[0];
      sorted.add(into.bytes, from, (int) piece.getValue()[1] - from);
    }
    sorted.add('}');
    into.length = start;
    into.add(sorted.bytes, 0, sorted.length);
  }

  /** Writes the value of an entry and gives its key. */
  private byte[] entry(Text into, int depth) throws MalformedException {
    byte[] key = new byte[0];
    int start = into.length;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Key");
          int n = p.length();
          requireUtf8(p.bytes, p.position, n);
          key = Arrays.copyOfRange(p.bytes, p.position, p.position + n);
          p.position += n;
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Value");
          into.length = start;
          int outer = p.enter();
          json(into, depth + 1);
          p.leave(outer);
        }
        default -> p.skip(tag);
      }
    }
    if (into.length == start) {
      into.add(NULL, 0, NULL.length);
    }
    return key;
  }

  /** Writes the value up to the limit as JSON. */
  private void json(Text into, int depth) throws MalformedException {
    int start = into.length;
    while (p.hasMore()) {
      int tag = p.tag();
      int field = tag >>> 3;
      if (field == 0 || field > 7) {
        p.skip(tag);
        continue;
      }
      into.length = start;
      switch (field) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "StringValue");
          int n = p.length();
          requireShort(n);
          requireUtf8(p.bytes, p.position, n);
          quote(p.bytes, p.position, n, into);
          p.position += n;
        }
        case 2 -> bool(tag, into);
        case 3 -> integer(tag, into);
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "DoubleValue");
          double v = p.float64();
          if (Double.isNaN(v) || Double.isInfinite(v)) {
            impossible = true;
          } else {
            into.add(Text.json(v));
          }
        }
        case 7 -> {
          into.add('"');
          base64(tag, into);
          into.add('"');
        }
        default -> compound(tag, into, depth);
      }
    }
    if (into.length == start) {
      into.add(NULL, 0, NULL.length);
    }
    requireShort(into.length - begin);
  }

  /** Escapes make six bytes of one, and each level of a map is written twice. */
  private static void requireShort(int bytes) throws MalformedException {
    if (bytes > MAX_TEXT) {
      throw new MalformedException(
          "cannot read an attribute: got a list or map of more than " + MAX_TEXT + " bytes");
    }
  }

  /** As Go's {@code encoding/json} does without HTML in mind. */
  private static void quote(byte[] from, int offset, int n, Text into) {
    into.add('"');
    for (int i = offset; i < offset + n; i++) {
      int b = from[i];
      switch (b) {
        case '"', '\\' -> {
          into.add('\\');
          into.add(b);
        }
        case '\n' -> escape('n', into);
        case '\r' -> escape('r', into);
        case '\t' -> escape('t', into);
        case '\b' -> escape('b', into);
        case '\f' -> escape('f', into);
        default -> {
          if (b >= 0 && b < ' ') {
            into.add("\\u00");
            into.addHex(from, i, 1);
          } else if (b == (byte) 0xe2
              && i + 2 < offset + n
              && from[i + 1] == (byte) 0x80
              && (from[i + 2] & 0xfe) == 0xa8) {
            // U+2028 and U+2029, which end a line in JavaScript.
            into.add(from[i + 2] == (byte) 0xa8 ? "\\u2028" : "\\u2029");
            i += 2;
          } else {
            into.add(b);
          }
        }
      }
    }
    into.add('"');
  }

  private static void escape(char c, Text into) {
    into.add('\\');
    into.add(c);
  }

  static void requireUtf8(byte[] from, int offset, int n) throws MalformedException {
    if (!ByteScan.isUtf8(from, offset, offset + n)) {
      throw new MalformedException("proto: string field contains invalid UTF-8");
    }
  }
}
