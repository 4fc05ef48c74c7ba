package io.narthex.api.format;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What fuzz targets of exposition formats share. An input is a byte that chooses the options and an
 * exposition; whatever that is, samples and an {@link ExpositionException} are all that may come
 * out.
 */
public final class ExpositionFuzz {
  /** What may be allocated besides what the input is worth: classes, buffers, exceptions. */
  private static final long FIXED_BYTES = 16 << 20;

  private static final long BYTES_PER_BYTE = 4096;

  /** A message quotes no more than some kilobytes of what a target sends. */
  static final int MAX_MESSAGE = 3 * 4 * 4096;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private ExpositionFuzz() {}

  /** The options that the first byte of an input chooses. */
  public static ExpositionOptions options(int choice) {
    return new ExpositionOptions(
        (choice & 1) != 0, (choice & 2) != 0, (choice & 4) != 0, (choice & 8) != 0);
  }

  /** An input of options and an exposition. */
  public static byte[] input(int choice, byte[] exposition) {
    byte[] input = new byte[exposition.length + 1];
    input[0] = (byte) choice;
    System.arraycopy(exposition, 0, input, 1, exposition.length);
    return input;
  }

  /** Inputs of each exposition with each choice of options. */
  public static List<byte[]> inputs(List<byte[]> expositions) {
    List<byte[]> inputs = new ArrayList<>();
    for (byte[] exposition : expositions) {
      for (int choice = 0; choice < 16; choice++) {
        inputs.add(input(choice, exposition));
      }
    }
    return inputs;
  }

  /**
   * Reads an input in each of the ways, in several sizes of batches, and with and without more
   * bytes behind it in its array: all must give the same, within bounds of memory.
   *
   * @throws AssertionError when they do not
   */
  public static void check(byte[] input, Exposition.Reading... ways) {
    if (input.length == 0) {
      return;
    }
    ExpositionOptions options = options(input[0]);
    byte[] data = Arrays.copyOfRange(input, 1, input.length);
    // What stands behind the exposition must not be read.
    byte[] longer = Arrays.copyOf(data, data.length + 9);
    Arrays.fill(longer, data.length, longer.length, (byte) '1');
    Exposition singly = measured(ways[0], data, data.length, options, 1);
    requireSame(singly, measured(ways[0], longer, data.length, options, 1), "bytes behind it");
    for (Exposition.Reading way : ways) {
      Exposition other = measured(way, data, data.length, options, 1);
      requireSame(singly, other.found(singly.late()), "another way to read it");
      requireAgreement(other, measured(way, data, data.length, options, 64));
    }
  }

  private static void requireSame(Exposition expected, Exposition got, String difference) {
    if (!expected.equals(got)) {
      throw new AssertionError(expected + "\nbecomes, by " + difference + ",\n" + got);
    }
  }

  /**
   * What a batch held before the mistake in it is not seen; the mistake is, unless one before it
   * only shows when labels are looked at.
   */
  private static void requireAgreement(Exposition singly, Exposition whole) {
    List<Exposition.Sample> begin =
        singly.samples().subList(0, Math.min(singly.samples().size(), whole.samples().size()));
    boolean agree =
        singly.problem() == null
            ? singly.equals(whole)
            : whole.problem() != null
                && begin.equals(whole.samples())
                && (singly.late() || singly.problem().equals(whole.problem()));
    if (!agree) {
      throw new AssertionError(singly + "\none by one, in batches of 64\n" + whole);
    }
  }

  private static Exposition measured(
      Exposition.Reading way, byte[] data, int length, ExpositionOptions options, int capacity) {
    long most = FIXED_BYTES + BYTES_PER_BYTE * length;
    long allocated = 0;
    // Loading classes, into which Jazzer puts its counters on this thread, counts the first time.
    for (int i = 0; i < 3; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      Exposition all =
          Exposition.attempt(way.open(data, length, options), new ExpositionBatch(capacity));
      allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      if (allocated <= most) {
        if (all.problem() != null && all.problem().length() > MAX_MESSAGE) {
          throw new AssertionError("got a message of " + all.problem().length() + " characters");
        }
        return all;
      }
    }
    throw new AssertionError("allocated " + allocated + " bytes for " + length);
  }

  /**
   * Changes an input in some places.
   *
   * @param alphabet bytes that mean something in the format
   */
  public static byte[] damage(byte[] whole, byte[] alphabet, Random random) {
    byte[] input = whole.clone();
    for (int k = 1 + random.nextInt(4); k > 0 && input.length > 1; k--) {
      int at = 1 + random.nextInt(input.length - 1);
      switch (random.nextInt(10)) {
        case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> input[at] = input[1 + random.nextInt(input.length - 1)];
        case 2 -> input = without(input, at, 1 + random.nextInt(6));
        case 3 -> input = random.nextInt(8) == 0 ? Arrays.copyOf(input, at) : input;
        case 4 -> input[at] += (byte) (random.nextBoolean() ? 1 : -1);
        case 5 -> input[at] = (byte) random.nextInt();
        default -> input[at] = alphabet[random.nextInt(alphabet.length)];
      }
    }
    return input;
  }

  private static byte[] without(byte[] input, int at, int n) {
    int to = Math.min(input.length, at + n);
    byte[] out = Arrays.copyOf(input, input.length - to + at);
    System.arraycopy(input, to, out, at, input.length - to);
    return out;
  }
}
