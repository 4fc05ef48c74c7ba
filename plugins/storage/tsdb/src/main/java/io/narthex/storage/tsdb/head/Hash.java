package io.narthex.storage.tsdb.head;

/**
 * Hashes bytes for the head's tables. Multiplies and folds eight bytes at a time, after the idea of
 * wyhash, with a secret that differs for each head, so nobody can prepare labels that collide.
 */
final class Hash {
  private static final long K0 = 0xa0761d6478bd642fL;
  private static final long K1 = 0xe7037ed1a0b428dbL;
  private static final long K2 = 0x8ebc6af09c88c6e3L;

  private final long secret;

  Hash(long secret) {
    this.secret = secret ^ K2;
  }

  /** The hash of {@code bytes[from, from + length)}. */
  long of(byte[] bytes, int from, int length) {
    long h = secret ^ length;
    int i = from;
    int end = from + length;
    while (end - i >= 16) {
      h =
          fold(
              (long) Layouts.BYTES_AS_LONG.get(bytes, i) ^ K0,
              (long) Layouts.BYTES_AS_LONG.get(bytes, i + 8) ^ h);
      i += 16;
    }
    if (end - i >= 8) {
      h = fold((long) Layouts.BYTES_AS_LONG.get(bytes, i) ^ K1, h ^ K0);
      i += 8;
    }
    long tail = 0;
    while (i < end) {
      tail = tail << 8 | (bytes[i++] & 0xff);
    }
    return fold(tail ^ K2, h ^ K1);
  }

  private static long fold(long a, long b) {
    return Math.multiplyHigh(a, b) ^ a * b;
  }
}
