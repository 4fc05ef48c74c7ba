package io.narthex.distribution;

import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.narthex.api.wire.ProtobufWriter;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** A protobuf message, field by field. */
final class Message {
  private final ProtobufWriter out = new ProtobufWriter();

  /** A series of a request of remote write, without samples. */
  static Message series(String name, Map<String, String> labels) {
    TreeMap<String, String> all = new TreeMap<>(labels);
    all.put("__name__", name);
    Message series = new Message();
    all.forEach((k, v) -> series.message(1, new Message().text(1, k).text(2, v)));
    return series;
  }

  Message varint(int field, long value) {
    out.number(field, value);
    return this;
  }

  Message zigzag(int field, long value) {
    out.signed(field, value);
    return this;
  }

  Message float64(int field, double value) {
    out.real(field, value);
    return this;
  }

  Message text(int field, String value) {
    out.text(field, value);
    return this;
  }

  Message message(int field, Message value) {
    out.message(field, value.out);
    return this;
  }

  Message packedZigzag(int field, long... values) {
    ProtobufWriter all = new ProtobufWriter();
    for (long value : values) {
      all.zigzag(value);
    }
    out.message(field, all);
    return this;
  }

  byte[] toBytes() {
    return out.toBytes();
  }

  /** The same, compressed as the protocol of remote write wants it. */
  byte[] toSnappy() {
    byte[] plain = toBytes();
    SnappyJavaCompressor compressor = new SnappyJavaCompressor();
    byte[] into = new byte[compressor.maxCompressedLength(plain.length)];
    return Arrays.copyOf(into, compressor.compress(plain, 0, plain.length, into, 0, into.length));
  }

  /**
   * A native histogram of schema 1, as remote write has it.
   *
   * @param n how many observations its buckets have, a seventh of all: all grow with it alike
   * @param time in milliseconds
   */
  static Message histogram(long n, long time) {
    return new Message()
        .varint(1, 7 * n)
        .float64(3, 12.5 * n)
        .zigzag(4, 1)
        .float64(5, 0.001)
        .varint(6, n)
        .message(8, new Message().zigzag(1, 0).varint(2, 1))
        .packedZigzag(9, n)
        .message(11, new Message().zigzag(1, 0).varint(2, 2))
        .message(11, new Message().zigzag(1, 1).varint(2, 1))
        .packedZigzag(12, 2 * n, -n, n)
        .varint(15, time);
  }
}
