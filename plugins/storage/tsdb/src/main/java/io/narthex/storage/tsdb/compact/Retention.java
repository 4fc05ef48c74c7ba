package io.narthex.storage.tsdb.compact;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Durations;
import io.narthex.api.model.GoFloat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How long and how much is kept.
 *
 * @param duration milliseconds between the end of the newest block and the end of a block from
 *     which on that block expires; 0 for ever
 * @param maxBytes bytes of all blocks, logs and head chunks together; 0 or less for no limit
 * @param maxPercentage the same as a share of the file system's size, 0..100; above 0 it prevails
 *     over {@code maxBytes}
 */
public record Retention(long duration, long maxBytes, double maxPercentage) {
  /** Keeps everything. */
  public static final Retention UNLIMITED = new Retention(0, 0, 0);

  /**
   * A block as retention sees it.
   *
   * @param id what the caller knows it by
   * @param maxTime end, exclusive
   * @param bytes on disk
   */
  record Candidate<T>(T id, long maxTime, long bytes) {}

  /**
   * What has expired.
   *
   * @param byTime those that are too old
   * @param bySize those that do not fit; may be in both
   */
  record Expired<T>(List<T> byTime, List<T> bySize) {}

  /** As Prometheus shows it: {@code 15d or 10GiB or 80%}; empty when everything is kept. */
  public String text() {
    List<String> limits = new ArrayList<>();
    if (duration > 0) {
      limits.add(Durations.format(Duration.ofMillis(duration)));
    }
    if (maxBytes > 0) {
      limits.add(new ByteSize(maxBytes).toString());
    }
    if (maxPercentage > 0) {
      limits.add(GoFloat.general(maxPercentage) + "%");
    }
    return String.join(" or ", limits);
  }

  /** The limit in bytes for a file system of {@code totalSpace} bytes; 0 for none. */
  public long limit(long totalSpace) {
    if (maxPercentage > 0 && totalSpace > 0) {
      return (long) (totalSpace * (maxPercentage / 100));
    }
    return Math.max(0, maxBytes);
  }

  /**
   * Chooses what has expired, as Prometheus 3.14 does: the newest block is never too old, but may
   * be too large; what is older than a block that does not fit expires with it.
   *
   * @param blocks in any order
   * @param otherBytes size of the logs and head chunks
   * @param limit see {@link #limit}
   */
  <T> Expired<T> expired(List<Candidate<T>> blocks, long otherBytes, long limit) {
    List<Candidate<T>> newestFirst = new ArrayList<>(blocks);
    newestFirst.sort(Comparator.<Candidate<T>>comparingLong(Candidate::maxTime).reversed());
    List<T> byTime = new ArrayList<>();
    List<T> bySize = new ArrayList<>();
    long bytes = otherBytes;
    for (int i = 0; i < newestFirst.size(); i++) {
      Candidate<T> block = newestFirst.get(i);
      if (i > 0 && duration > 0 && newestFirst.getFirst().maxTime() - block.maxTime() >= duration) {
        byTime.add(block.id());
      }
      bytes += block.bytes();
      if (limit > 0 && bytes > limit) {
        bySize.add(block.id());
      }
    }
    return new Expired<>(byTime, bySize);
  }
}
