package io.narthex.query.remoteread;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes protobuf messages. */
final class Message {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Message varint(int field, long value) {
    uvarint((long) field << 3);
    uvarint(value);
    return this;
  }

  Message zigzag(int field, long value) {
    return varint(field, value << 1 ^ value >> 63);
  }

  Message float64(int field, double value) {
    uvarint((long) field << 3 | 1);
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array());
    return this;
  }

  Message bytes(int field, byte[] value) {
    uvarint((long) field << 3 | 2);
    uvarint(value.length);
    out.writeBytes(value);
    return this;
  }

  Message text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  Message message(int field, Message value) {
    return bytes(field, value.toBytes());
  }

  Message packed(int field, long... values) {
    Message all = new Message();
    for (long value : values) {
      all.uvarint(value);
    }
    return message(field, all);
  }

  /** Bytes as they are. */
  Message raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  private void uvarint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
