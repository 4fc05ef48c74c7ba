package io.narthex.api.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A protobuf message, for tests of what reads some: written field by field, in the order of the
 * calls, and {@link #raw} makes of it what it should not be. Belongs to one thread.
 *
 * <pre>{@code
 * byte[] request = new Message().message(1, new Message().text(1, "job").text(2, "node")).toBytes();
 * }</pre>
 */
public final class Message {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Makes an empty one. */
  public Message() {}

  /** An {@code int32}, {@code int64}, {@code uint32}, {@code uint64}, {@code bool} or enum. */
  public Message varint(int field, long value) {
    tag(field, ProtobufReader.VARINT);
    uvarint(value);
    return this;
  }

  /** A {@code sint32} or {@code sint64}. */
  public Message zigzag(int field, long value) {
    return varint(field, zigzag(value));
  }

  /** A {@code fixed32}, {@code sfixed32}, or the bits of a {@code float}. */
  public Message fixed32(int field, int value) {
    tag(field, ProtobufReader.FIXED32);
    out.writeBytes(little(4).putInt(value).array());
    return this;
  }

  /** A {@code fixed64} or {@code sfixed64}. */
  public Message fixed64(int field, long value) {
    tag(field, ProtobufReader.FIXED64);
    out.writeBytes(little(8).putLong(value).array());
    return this;
  }

  /** A {@code double}, with the very bits. */
  public Message float64(int field, double value) {
    return fixed64(field, Double.doubleToRawLongBits(value));
  }

  /** Bytes, or what is encoded as some. */
  public Message bytes(int field, byte[] value) {
    tag(field, ProtobufReader.BYTES);
    uvarint(value.length);
    out.writeBytes(value);
    return this;
  }

  /** A {@code string}. */
  public Message text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** A nested message, as it is now. */
  public Message message(int field, Message value) {
    return bytes(field, value.toBytes());
  }

  /** What {@link #varint} writes, packed. */
  public Message packed(int field, long... values) {
    Message all = new Message();
    for (long value : values) {
      all.uvarint(value);
    }
    return message(field, all);
  }

  /** What {@link #zigzag} writes, packed. */
  public Message packedZigzag(int field, long... values) {
    Message all = new Message();
    for (long value : values) {
      all.uvarint(zigzag(value));
    }
    return message(field, all);
  }

  /** What {@link #fixed64} writes, packed. */
  public Message packedFixed64(int field, long... values) {
    ByteBuffer all = little(8 * values.length);
    for (long value : values) {
      all.putLong(value);
    }
    return bytes(field, all.array());
  }

  /** What {@link #float64} writes, packed. */
  public Message packedDoubles(int field, double... values) {
    ByteBuffer all = little(8 * values.length);
    for (double value : values) {
      all.putDouble(value);
    }
    return bytes(field, all.array());
  }

  /**
   * Bytes as they are.
   *
   * @param bytes the lowest eight bits of each
   */
  public Message raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  /** The fields of another message, as if they had been written here. */
  public Message raw(Message fields) {
    out.writeBytes(fields.toBytes());
    return this;
  }

  private static ByteBuffer little(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  private void tag(int field, int wireType) {
    uvarint((long) field << 3 | wireType);
  }

  private void uvarint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /** What was written until now, in an array of its own. */
  public byte[] toBytes() {
    return out.toByteArray();
  }
}
