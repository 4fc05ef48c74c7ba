package io.narthex.distribution;

import io.airlift.compress.v3.xxhash.XxHash64JavaHasher;
import io.narthex.api.model.Labels;
import io.narthex.api.model.LabelsHash;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * When a group of rules is evaluated: at multiples of its interval, later by a part of it that a
 * hash of file and name gives. The hash was changed in Prometheus 3, so the same group has other
 * times in 2.42; but some names have the same in both.
 *
 * @param interval milliseconds
 * @param offset milliseconds, rounded down
 */
record RuleTimes(long interval, long offset) {
  /** Milliseconds of each second after which nothing is evaluated until the next. */
  static final long QUIET = 450;

  private static final long NANOS = 1_000_000;

  /** Between the label names and values of what Prometheus 2 hashed. */
  private static final int SEPARATOR = 0xff;

  /** As Narthex has them, and Prometheus since 3.0. */
  static RuleTimes of(String file, String name, Duration interval) {
    long hash = new LabelsHash().hash(Labels.of("file", file, "name", name));
    return of(hash, interval);
  }

  /** As Prometheus 2 has them. */
  private static RuleTimes before(String file, String name, Duration interval) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String part : new String[] {"file", file, "name", name}) {
      bytes.writeBytes(part.getBytes(StandardCharsets.UTF_8));
      bytes.write(SEPARATOR);
    }
    byte[] all = bytes.toByteArray();
    return of(XxHash64JavaHasher.hash(all, 0, all.length, 0), interval);
  }

  private static RuleTimes of(long hash, Duration interval) {
    return new RuleTimes(
        interval.toMillis(), Long.remainderUnsigned(hash, interval.toNanos()) / NANOS);
  }

  /**
   * A name for which both have the same times, to the millisecond, none of them in the quiet part
   * of a second, and none at which the script has a sample: whether that is in a range that ends or
   * begins there has changed as well.
   */
  static String alignedName(String file, String name, Duration interval) {
    for (int n = 1; ; n++) {
      String candidate = name + "-" + n;
      RuleTimes times = of(file, candidate, interval);
      long behindSample = times.offset % PeerScript.STEP;
      if (times.equals(before(file, candidate, interval))
          && times.offset % 1_000 < QUIET
          && behindSample > 0
          && behindSample != PeerScript.STEP / 2) {
        return candidate;
      }
    }
  }

  /** The last of the times that is not after {@code time}; milliseconds since the epoch. */
  long last(long time) {
    return time - Math.floorMod(time - offset, interval);
  }
}
