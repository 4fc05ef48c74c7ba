package io.narthex.ingest.remotewrite;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads a protobuf message from bytes, field by field. A nested message is read with the same
 * reader: whoever enters it narrows {@link #limit} to its end and puts the old limit back
 * afterwards.
 *
 * <p>A field is a uvarint {@code number << 3 | wireType} and then, by wire type, a uvarint (0),
 * eight bytes (1, little-endian), a uvarint length and that many bytes (2), or four bytes (5). The
 * deprecated groups (3, 4) are refused.
 */
final class Proto {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  byte[] bytes = new byte[0];

  /** The next byte. */
  int position;

  /** One behind the last byte of the message that is being read; at most {@code bytes.length}. */
  int limit;

  /** Starts to read {@code source} from {@code from} up to {@code to}, exclusive. */
  void reset(byte[] source, int from, int to) {
    bytes = source;
    position = from;
    limit = to;
  }

  boolean hasMore() {
    return position < limit;
  }

  /** The next field's tag: its number and wire type. The number is at least 1. */
  int tag() throws MalformedException {
    long tag = varint();
    if (tag >>> 3 == 0 || tag >>> 3 > 0x1fff_ffffL) {
      throw new MalformedException(
          "proto: illegal tag " + (int) (tag >>> 3) + " (wire type " + (tag & 7) + ")");
    }
    return (int) tag;
  }

  /** A number, which may be a negative one in ten bytes. */
  long varint() throws MalformedException {
    int p = position;
    if (p < limit && bytes[p] >= 0) {
      position = p + 1;
      return bytes[p];
    }
    return longVarint();
  }

  private long longVarint() throws MalformedException {
    byte[] from = bytes;
    int p = position;
    int end = limit;
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (p >= end) {
        throw endTooSoon();
      }
      byte b = from[p++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        position = p;
        return value;
      }
    }
    throw new MalformedException("proto: integer overflow");
  }

  /** The length of what follows, which lies within the limit. */
  int length() throws MalformedException {
    long n = varint();
    if (n < 0) {
      throw new MalformedException("proto: negative length found during unmarshaling");
    }
    if (n > limit - position) {
      throw endTooSoon();
    }
    return (int) n;
  }

  /** Eight bytes. */
  long fixed64() throws MalformedException {
    int p = position;
    if (limit - p < 8) {
      throw endTooSoon();
    }
    position = p + 8;
    return (long) LONG.get(bytes, p);
  }

  double float64() throws MalformedException {
    return Double.longBitsToDouble(fixed64());
  }

  /** A number with its sign in the lowest bit. */
  long zigzag() throws MalformedException {
    long n = varint();
    return n >>> 1 ^ -(n & 1);
  }

  /** Passes over the value of a field that means nothing here. */
  void skip(int tag) throws MalformedException {
    switch (tag & 7) {
      case VARINT -> varint();
      case FIXED64 -> fixed64();
      case BYTES -> {
        int n = length();
        position += n;
      }
      case FIXED32 -> {
        if (limit - position < 4) {
          throw endTooSoon();
        }
        position += 4;
      }
      default -> throw new MalformedException("proto: illegal wireType " + (tag & 7));
    }
  }

  /** Holds a known field to its wire type. */
  static void require(int tag, int wireType, String field) throws MalformedException {
    if ((tag & 7) != wireType) {
      throw new MalformedException("proto: wrong wireType = " + (tag & 7) + " for field " + field);
    }
  }

  private static MalformedException endTooSoon() {
    return new MalformedException("unexpected EOF");
  }
}
