package io.narthex.ingest.otlp;

import io.narthex.api.web.MemoryBudget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing buffer whose room is taken out of a budget; protobuf can be written to it. */
final class Buffer {
  /** The largest, in bytes: what a list of numbers of one digit becomes in protobuf. */
  static final int MAX = 5 * OtlpReceiver.MAX_BODY;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final MemoryBudget budget;

  /** The content; another array after it has grown. */
  byte[] bytes = new byte[0];

  int length;

  Buffer(MemoryBudget budget) {
    this.budget = budget;
  }

  /** Makes room for {@code n} bytes more. */
  void reserve(int n) throws Workspace.NoRoomException {
    long want = (long) length + n;
    if (want <= bytes.length) {
      return;
    }
    long larger = Math.max(want, Math.min(MAX, Math.max(1 << 12, 2L * bytes.length)));
    if (larger > MAX || !budget.take(larger)) {
      throw new Workspace.NoRoomException();
    }
    int before = bytes.length;
    bytes = Arrays.copyOf(bytes, (int) larger);
    budget.release(before);
  }

  /** Gives its room back when it is more than {@code most} bytes. */
  void trim(int most) {
    if (bytes.length > most) {
      budget.release(bytes.length);
      bytes = new byte[0];
      length = 0;
    }
  }

  void add(byte[] from, int offset, int n) throws Workspace.NoRoomException {
    reserve(n);
    System.arraycopy(from, offset, bytes, length, n);
    length += n;
  }

  void zeros(int n) throws Workspace.NoRoomException {
    reserve(n);
    Arrays.fill(bytes, length, length + n, (byte) 0);
    length += n;
  }

  void tag(int field, int wireType) throws Workspace.NoRoomException {
    varint((long) field << 3 | wireType);
  }

  void varint(long n) throws Workspace.NoRoomException {
    reserve(10);
    long rest = n;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  void fixed64(long n) throws Workspace.NoRoomException {
    reserve(8);
    LONG.set(bytes, length, n);
    length += 8;
  }
}
