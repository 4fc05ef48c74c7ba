package io.narthex.ingest.pushgateway;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Go's gob, as far as one value needs it: a stream of messages, each with its length in front. A
 * message is the definition of a type, under a number that is negated, or the value, under its
 * type's number.
 *
 * <pre>
 * uint    one byte below 128; else the negated number of bytes, then these, the highest first
 * int     uint: the number shifted left by one; a negative one complemented, and the lowest bit set
 * text    uint length, the bytes
 * struct  for each field that is not empty: uint distance from the field before (the first is 1),
 *         the value; then 0
 * map     uint number of entries, then keys and values in turn
 * value   that is no struct: 0 in front
 * </pre>
 *
 * <p>Strict where Go is lenient: a field that is not expected is an error and not passed over, as
 * what is passed over here would be gone from the file after it is written again.
 */
final class Gob {
  /** The number of a type that needs no definition. */
  static final int STRING = 6;

  /** Files of the real one have some thirty. */
  private static final int MAX_TYPES = 1_000;

  private Gob() {}

  /** What a type is made of, as far as it matters here. */
  enum Kind {
    MAP,
    STRUCT,
    /** One that writes itself, as bytes. */
    SELF,
    OTHER
  }

  /** A field of a struct. */
  record Field(String name, int type) {}

  /**
   * The definition of a type.
   *
   * @param key of a map
   * @param element of a map
   * @param fields of a struct, in their order
   */
  record Type(Kind kind, int key, int element, List<Field> fields) {}

  /**
   * Reads from a stream, in which nothing can be longer than what is left of it: what it allocates
   * is bounded by the size of the file. Does not recurse. Not safe for several threads.
   */
  static final class Reader {
    private final InputStream in;
    private final Map<Integer, Type> types = new HashMap<>();
    private long position;
    private long limit;

    /**
     * Makes one.
     *
     * @param in buffered; the owner closes it
     * @param size what there is, in bytes
     */
    Reader(InputStream in, long size) {
      this.in = in;
      this.limit = size;
    }

    /** So many bytes were read. */
    long position() {
      return position;
    }

    private long left() {
      return limit - position;
    }

    /**
     * Reads the definitions of types up to the value, which is then read by the methods below; the
     * limit is its end.
     *
     * @return the number of the value's type
     */
    int value() throws IOException {
      long size = limit;
      while (true) {
        if (position == size) {
          throw new EOFException("it ends before the value");
        }
        long length = uint();
        if (length <= 0 || length > size - position) {
          throw new IOException(
              "a message of "
                  + Long.toUnsignedString(length)
                  + " bytes where "
                  + (size - position)
                  + " are left");
        }
        limit = position + length;
        int id = id();
        if (id > 0) {
          if (types.containsKey(id) && types.get(id).kind != Kind.STRUCT && uint() != 0) {
            throw new IOException("a value that is no struct does not begin with 0");
          }
          return id;
        }
        if (types.size() == MAX_TYPES) {
          throw new IOException("more than " + MAX_TYPES + " types");
        }
        Type type = definition();
        if (types.putIfAbsent(-id, type) != null) {
          throw new IOException("type " + -id + " is defined twice");
        }
        if (position != limit) {
          throw new IOException(left() + " bytes behind the definition of a type");
        }
        limit = size;
      }
    }

    /** A type that was defined; one of kind {@link Kind#OTHER} where none was. */
    Type type(int id) {
      return types.getOrDefault(id, new Type(Kind.OTHER, 0, 0, List.of()));
    }

    /** {@code wireType}: of its fields, one for each kind of type, one is there. */
    private Type definition() throws IOException {
      long which = uint();
      Type type =
          switch ((int) Math.min(which & Long.MAX_VALUE, 8)) {
            case 3 -> struct();
            case 4 -> map();
            case 5, 6, 7 -> {
              common();
              end();
              yield new Type(Kind.SELF, 0, 0, List.of());
            }
            case 1, 2 -> {
              skip(left() - 1);
              yield new Type(Kind.OTHER, 0, 0, List.of());
            }
            default -> throw new IOException("a kind of type that is not known");
          };
      end();
      return type;
    }

    private Type map() throws IOException {
      common();
      expect(1, "a map's key");
      int key = id();
      expect(1, "a map's element");
      int element = id();
      end();
      return new Type(Kind.MAP, key, element, List.of());
    }

    private Type struct() throws IOException {
      common();
      List<Field> fields = new ArrayList<>();
      long distance = uint();
      if (distance == 1) {
        for (long n = count(); n > 0; n--) {
          expect(1, "a field's name");
          String name = text();
          expect(1, "a field's type");
          fields.add(new Field(name, id()));
          end();
        }
        distance = uint();
      }
      if (distance != 0) {
        throw new IOException("a part of a struct's definition that is not known");
      }
      return new Type(Kind.STRUCT, 0, 0, fields);
    }

    /** The name and number that each definition begins with. */
    private void common() throws IOException {
      expect(1, "a type's name");
      long distance = uint();
      int field = 0;
      while (distance != 0) {
        if (distance < 0 || distance > 2 - field) {
          throw new IOException("a part of a type's name that is not known");
        }
        field += (int) distance;
        if (field == 1) {
          text();
        } else {
          id();
        }
        distance = uint();
      }
    }

    private void expect(int distance, String what) throws IOException {
      if (uint() != distance) {
        throw new IOException(what + " is missing");
      }
    }

    private void end() throws IOException {
      if (uint() != 0) {
        throw new IOException("more than the fields of a struct");
      }
    }

    /**
     * The next field of a struct that is there.
     *
     * @param before the index of the one before, -1 at first
     * @return its index in {@code type}'s fields; -1 at the end of the struct
     */
    int field(Type type, int before) throws IOException {
      long distance = uint();
      if (distance == 0) {
        return -1;
      }
      if (distance < 0 || distance >= type.fields.size() - before) {
        throw new IOException("a field without a name");
      }
      return before + (int) distance;
    }

    /** A number without sign. */
    long uint() throws IOException {
      int first = octet();
      if (first < 128) {
        return first;
      }
      int bytes = 256 - first;
      if (bytes > 8) {
        throw new IOException("a number of more than eight bytes");
      }
      long value = 0;
      for (int i = 0; i < bytes; i++) {
        value = value << 8 | octet();
      }
      return value;
    }

    /** A type's number. */
    private int id() throws IOException {
      long bits = uint();
      long value = (bits & 1) == 0 ? bits >>> 1 : ~(bits >>> 1);
      if (value != (int) value || value == 0 || value == Integer.MIN_VALUE) {
        throw new IOException("a type has the number " + value);
      }
      return (int) value;
    }

    /** How many things follow, each of at least one byte. */
    long count() throws IOException {
      long n = uint();
      if (n < 0 || n > left()) {
        throw new IOException(
            Long.toUnsignedString(n) + " entries where " + left() + " bytes are left");
      }
      return n;
    }

    byte[] bytes() throws IOException {
      long n = uint();
      if (n < 0 || n > left()) {
        throw new IOException(Long.toUnsignedString(n) + " bytes where " + left() + " are left");
      }
      if (n > Integer.MAX_VALUE - 8) {
        throw new IOException(n + " bytes in one piece");
      }
      byte[] bytes = in.readNBytes((int) n);
      if (bytes.length < n) {
        throw new EOFException("it became shorter while it was read");
      }
      position += n;
      return bytes;
    }

    String text() throws IOException {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    private void skip(long bytes) throws IOException {
      in.skipNBytes(bytes);
      position += bytes;
    }

    private int octet() throws IOException {
      if (position == limit) {
        throw new EOFException("a message ends too soon");
      }
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException("it became shorter while it was read");
      }
      position++;
      return octet;
    }
  }

  /** Collects what is to be written. Not safe for several threads. */
  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Writer uint(long value) {
      if (value >= 0 && value < 128) {
        out.write((int) value);
        return this;
      }
      int bytes = (71 - Long.numberOfLeadingZeros(value)) / 8;
      out.write(256 - bytes);
      for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out.write((int) (value >>> shift));
      }
      return this;
    }

    /** A type's number. */
    Writer id(int id) {
      return uint(id < 0 ? (~(long) id << 1) | 1 : (long) id << 1);
    }

    Writer text(String text) {
      return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    Writer bytes(byte[] bytes) {
      uint(bytes.length);
      return raw(bytes);
    }

    Writer raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    /** The end of a struct. */
    Writer end() {
      out.write(0);
      return this;
    }

    /** Defines a map. */
    Writer map(int id, String name, int key, int element) {
      Writer type = begin(id, 4, name).uint(1).id(key).uint(1).id(element);
      return bytes(type.end().end().toByteArray());
    }

    /**
     * Defines a struct. It has no name: Go's encoder tells none here, and its decoder asks for
     * none.
     */
    Writer struct(int id, List<Field> fields) {
      Writer type = begin(id, 3, "").uint(1).uint(fields.size());
      for (Field field : fields) {
        type.uint(1).text(field.name).uint(1).id(field.type).end();
      }
      return bytes(type.end().end().toByteArray());
    }

    /** Defines a type that writes itself. */
    Writer self(int id, String name) {
      return bytes(begin(id, 5, name).end().end().toByteArray());
    }

    private static Writer begin(int id, int kind, String name) {
      Writer type = new Writer().id(-id).uint(kind).uint(1);
      if (!name.isEmpty()) {
        type.uint(1).text(name).uint(1);
      } else {
        type.uint(2);
      }
      return type.id(id).end();
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }

    int size() {
      return out.size();
    }

    void reset() {
      out.reset();
    }

    void writeTo(OutputStream to) throws IOException {
      out.writeTo(to);
    }
  }
}
