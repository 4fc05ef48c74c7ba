package io.narthex.rules.groups.eval;

import io.narthex.api.model.Labels;
import io.narthex.api.model.LabelsHash;

/**
 * The times at which a group is evaluated: multiples of its interval, moved by a part of it that a
 * hash of the group gives, so that groups of one interval are spread over it, and are evaluated at
 * the same times after a restart. Source: Prometheus 3.14, {@code Group.EvalTimestamp}.
 *
 * @param interval nanoseconds
 * @param offset nanoseconds, 0 ≤ offset &lt; interval
 */
public record Schedule(long interval, long offset) {
  /** The schedule of a group. */
  public static Schedule of(String file, String name, long interval) {
    long hash = new LabelsHash().hash(Labels.of("file", file, "name", name));
    return new Schedule(interval, Long.remainderUnsigned(hash, interval));
  }

  /** The last time that is not after {@code now}; nanoseconds since the epoch. */
  public long slot(long now) {
    return now - Math.floorMod(now - offset, interval);
  }

  /** The last time after {@code last} that is not after {@code now}, of which there is one. */
  public long next(long last, long now) {
    return last + (now - last) / interval * interval;
  }
}
