package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * The labels of a series as bytes: a caller-owned, reusable buffer, so that ingestion makes no
 * strings and a storage can hash, compare and log a series as one range of bytes.
 *
 * <p>The first {@link #length} bytes of {@link #bytes} are, for each label in ascending byte order
 * of the names (which is the code point order of {@link Labels}):
 *
 * <pre>
 *   uvarint  number of bytes of the name, at least 1
 *   ...      name, UTF-8
 *   uvarint  number of bytes of the value, at least 1
 *   ...      value, UTF-8
 * </pre>
 *
 * <p>That is the layout of labels in a series record of Prometheus's write-ahead log, where the
 * number of labels stands before it. {@code a="b", le="0.5"} is {@code 01 61 01 62 02 6c 65 03 30
 * 2e 35}. A uvarint holds seven bits a byte, the low ones first, and has the top bit set in all
 * bytes but the last; it is never longer than it must be, so that equal labels are equal bytes.
 *
 * <p>Names are unique. Nothing checks that the bytes are UTF-8: who adds them does. Not safe for
 * several threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class SeriesKey {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Bytes behind the last one that there always are, so that eight can be moved at a time. */
  private static final int SLACK = 8;

  /** Strings up to this many bytes are moved eight bytes at a time, longer ones by the runtime. */
  private static final int SHORT = 40;

  private byte[] bytes = new byte[256];
  private int length;
  private int size;

  /** Where the last label starts. */
  private int last;

  /** Makes one without labels. */
  public SeriesKey() {}

  /** Forgets the labels. */
  public void clear() {
    length = 0;
    size = 0;
    last = 0;
  }

  /** The number of labels. */
  public int size() {
    return size;
  }

  /** The number of bytes of {@link #bytes} that count. */
  public int length() {
    return length;
  }

  /**
   * The buffer itself; not to be changed. It is another one after the key has grown, and holds
   * other labels after the key has changed: whoever keeps a key copies it.
   */
  public byte[] bytes() {
    return bytes;
  }

  /**
   * Adds a label. Labels that come in the order of their names are quickest. A label with an empty
   * value is left out, as it means the same as none.
   *
   * @param from holds name and value as UTF-8; only read
   * @return false, and nothing is changed, when there is a label of that name
   * @throws IllegalArgumentException when the name is empty
   * @throws IndexOutOfBoundsException when a range does not lie within {@code from}
   */
  public boolean add(byte[] from, int name, int nameLength, int value, int valueLength) {
    return add(from, name, nameLength, from, value, valueLength);
  }

  /** Adds a label whose name and value stand in two arrays; otherwise as the method above. */
  public boolean add(
      byte[] names, int name, int nameLength, byte[] values, int value, int valueLength) {
    Objects.checkFromIndexSize(name, nameLength, names.length);
    Objects.checkFromIndexSize(value, valueLength, values.length);
    if (nameLength == 0) {
      throw new IllegalArgumentException("cannot add a label: its name is empty");
    }
    if (valueLength == 0) {
      return true;
    }
    int at = length;
    if (size > 0) {
      int order = compareName(last, names, name, nameLength);
      if (order == 0) {
        return false;
      }
      if (order > 0) {
        at = find(names, name, nameLength);
        if (at < 0) {
          return false;
        }
      }
    }
    int added =
        Math.addExact(
            Math.addExact(varintLength(nameLength) + varintLength(valueLength), nameLength),
            valueLength);
    int newLength = Math.addExact(length, added);
    if (newLength > bytes.length - SLACK) {
      long larger = 2L * newLength + SLACK;
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, larger));
    }
    if (at == length) {
      last = length;
    } else {
      System.arraycopy(bytes, at, bytes, at + added, length - at);
      last += added;
    }
    // Moving eight bytes at a time would spoil what stands behind the new label.
    boolean end = at == length;
    int p = putString(at, names, name, nameLength, end);
    putString(p, values, value, valueLength, end);
    length = newLength;
    size++;
    return true;
  }

  /** Replaces the content by these labels. */
  public void set(Labels labels) {
    clear();
    for (int i = 0; i < labels.size(); i++) {
      byte[] name = labels.name(i).getBytes(StandardCharsets.UTF_8);
      byte[] value = labels.value(i).getBytes(StandardCharsets.UTF_8);
      add(name, 0, name.length, value, 0, value.length);
    }
  }

  /** A copy as strings. What is no UTF-8 becomes U+FFFD. */
  public Labels toLabels() {
    Labels.Builder labels = Labels.builder();
    int p = 0;
    while (p < length) {
      int n = varint(p);
      p += varintLength(n);
      String name = new String(bytes, p, n, StandardCharsets.UTF_8);
      p += n;
      n = varint(p);
      p += varintLength(n);
      labels.set(name, new String(bytes, p, n, StandardCharsets.UTF_8));
      p += n;
    }
    return labels.build();
  }

  /** As {@link Labels#toString}. */
  @Override
  public String toString() {
    return toLabels().toString();
  }

  /** Where the label belongs, -1 when there is one of that name. */
  private int find(byte[] names, int name, int nameLength) {
    int p = 0;
    while (p < length) {
      int order = compareName(p, names, name, nameLength);
      if (order == 0) {
        return -1;
      }
      if (order > 0) {
        return p;
      }
      p = skip(skip(p));
    }
    return p;
  }

  private int compareName(int label, byte[] names, int name, int nameLength) {
    int n = varint(label);
    int start = label + varintLength(n);
    if (name <= names.length - 8) {
      // As many of the first eight bytes as both names have.
      int common = Math.min(8, Math.min(n, nameLength));
      int shift = 64 - 8 * common;
      long mine = (long) LONG.get(bytes, start) >>> shift;
      long other = (long) LONG.get(names, name) >>> shift;
      if (mine != other) {
        return Long.compareUnsigned(mine, other);
      }
      if (common < 8) {
        return n - nameLength;
      }
    }
    return Arrays.compareUnsigned(bytes, start, start + n, names, name, name + nameLength);
  }

  private int skip(int string) {
    int n = varint(string);
    return string + varintLength(n) + n;
  }

  private int putString(int at, byte[] from, int offset, int n, boolean end) {
    int p = at;
    int rest = n;
    while (rest > 0x7f) {
      bytes[p++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[p++] = (byte) rest;
    if (end && n <= SHORT && offset + n <= from.length - SLACK) {
      for (int i = 0; i < n; i += 8) {
        LONG.set(bytes, p + i, (long) LONG.get(from, offset + i));
      }
    } else {
      System.arraycopy(from, offset, bytes, p, n);
    }
    return p + n;
  }

  private int varint(int at) {
    int b = bytes[at];
    if (b >= 0) {
      return b;
    }
    int value = b & 0x7f;
    int shift = 7;
    int p = at + 1;
    do {
      b = bytes[p++];
      value |= (b & 0x7f) << shift;
      shift += 7;
    } while (b < 0);
    return value;
  }

  private static int varintLength(int n) {
    return n < 0x80 ? 1 : (38 - Integer.numberOfLeadingZeros(n)) / 7;
  }
}
