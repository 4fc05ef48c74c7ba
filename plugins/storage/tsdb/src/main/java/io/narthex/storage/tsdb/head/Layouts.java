package io.narthex.storage.tsdb.head;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** How numbers lie in the head's own memory. */
final class Layouts {
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  /** As {@link #BYTES_AS_LONG} reads it. */
  static final ValueLayout.OfLong UNALIGNED_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Takes a segment and an offset. */
  static final VarHandle INT_HANDLE = ValueLayout.JAVA_INT.varHandle();

  static final VarHandle LONG_HANDLE = ValueLayout.JAVA_LONG.varHandle();

  /** Elements of a {@code long[]}. */
  static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  /** Eight bytes of a {@code byte[]}, the first one lowest. */
  static final VarHandle BYTES_AS_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Layouts() {}
}
