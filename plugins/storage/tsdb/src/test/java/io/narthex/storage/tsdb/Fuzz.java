package io.narthex.storage.tsdb;

import com.sun.management.ThreadMXBean;
import io.narthex.api.Jazzer;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What the fuzz targets share, and the program that fuzzes one of them with Jazzer. A target is a
 * class {@code *Fuzz} with {@code fuzzerTestOneInput(byte[])} and {@code seeds()}; it needs no
 * Jazzer, so that {@link FuzzTargetsTest} runs all of them in every build.
 *
 * <p>No fuzzer finds a checksum. So most targets take the first byte of the input as a choice: odd,
 * and the checksums of the rest are made right before it is read.
 */
public final class Fuzz {
  /** What is allocated besides what the input is worth: buffers, classes, exceptions. */
  private static final long FIXED_BYTES = 48 << 20;

  private static final long BYTES_PER_BYTE = 4096;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Fuzz() {}

  /** Code under test. */
  @FunctionalInterface
  public interface Step {
    void run() throws Exception;
  }

  /**
   * Runs code that decodes {@code length} bytes: nothing but a {@link CorruptionException} may come
   * out of it, and no more may be allocated than the bytes are worth. May run it again.
   */
  public static void decode(int length, Step step) {
    long allocated = 0;
    // Loading classes, into which Jazzer puts its counters on this thread, counts the first time.
    for (int i = 0; i < 3; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      attempt(step);
      allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      if (allocated <= FIXED_BYTES + BYTES_PER_BYTE * length) {
        return;
      }
    }
    throw new AssertionError("allocated " + allocated + " bytes for " + length);
  }

  /** One of several steps: a {@link CorruptionException} does not end those that follow. */
  public static void attempt(Step step) {
    try {
      step.run();
    } catch (CorruptionException e) {
      // As it should.
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("got another exception than the one for corruption", e);
    }
  }

  /** Whether the checksums are to be made right. */
  public static boolean heals(byte[] input) {
    return input.length > 0 && (input[0] & 1) != 0;
  }

  /** The input without the choice. */
  public static byte[] rest(byte[] input) {
    return input.length == 0 ? input : Arrays.copyOfRange(input, 1, input.length);
  }

  /** A seed of {@code content} that is read with right checksums. */
  public static byte[] seed(byte[] content) {
    byte[] out = new byte[content.length + 1];
    out[0] = 1;
    System.arraycopy(content, 0, out, 1, content.length);
    return out;
  }

  /** Puts the checksum of some bytes at {@code to}, big-endian. */
  public static void checksum(byte[] b, int from, int length, int to) {
    CRC32C crc = new CRC32C();
    crc.update(b, from, length);
    int sum = (int) crc.getValue();
    b[to] = (byte) (sum >>> 24);
    b[to + 1] = (byte) (sum >>> 16);
    b[to + 2] = (byte) (sum >>> 8);
    b[to + 3] = (byte) sum;
  }

  /**
   * A length at {@code at} as a varint of up to five bytes.
   *
   * @return where it ends in the upper 32 bits, the length in the lower; -1 when there is none
   */
  public static long length(byte[] b, int at) {
    long length = 0;
    int p = at;
    for (int shift = 0; shift <= 28 && p < b.length; shift += 7) {
      int next = b[p++];
      length |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return length > Integer.MAX_VALUE ? -1 : (long) p << 32 | length;
      }
    }
    return -1;
  }

  /** The seeds of a target. */
  @SuppressWarnings("unchecked")
  static List<byte[]> seeds(Class<?> target) throws ReflectiveOperationException {
    return (List<byte[]>) target.getMethod("seeds").invoke(null);
  }

  /**
   * Fuzzes one target: {@code Fuzz block.IndexFuzz 60}.
   *
   * @param args the target without {@code io.narthex.storage.tsdb}, seconds, and options of
   *     libFuzzer
   */
  public static void main(String[] args) throws Exception {
    Class<?> target = Class.forName(Fuzz.class.getPackageName() + "." + args[0]);
    Jazzer.run(target, seeds(target), 65536, Arrays.copyOfRange(args, 1, args.length));
  }
}
