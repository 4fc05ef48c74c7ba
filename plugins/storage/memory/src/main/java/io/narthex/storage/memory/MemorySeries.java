package io.narthex.storage.memory;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A series: its labels, its newest samples, and who is about to append to it. */
final class MemorySeries {
  final int id;
  final Labels labels;

  /** Newest version; null before the first commit. */
  volatile @Nullable Samples samples;

  /** How many open transactions have samples for it; while there are, it is not forgotten. */
  final AtomicInteger pending = new AtomicInteger();

  /** The exemplar taken last; guarded by the exemplar ring. */
  @Nullable Exemplar latestExemplar;

  MemorySeries(int id, Labels labels) {
    this.id = id;
    this.labels = labels;
  }

  /** What a reader of a snapshot sees; null for nothing. */
  @Nullable Samples at(long snapshot) {
    Samples s = samples;
    while (s != null && s.commit > snapshot) {
      s = s.previous;
    }
    return s == null || s.isEmpty() ? null : s;
  }

  /** What it sees within a time range; null for nothing. */
  @Nullable Samples at(long snapshot, long minTime, long maxTime) {
    Samples s = at(snapshot);
    return s == null || s.firstTime() > maxTime || s.lastTime() < minTime ? null : s;
  }

  /**
   * About how many bytes it takes with its first few samples: objects, labels, entries in the
   * index. The texts of labels are shared and the index counts them.
   */
  long bytes() {
    // Itself and its counter 48, labels 40, an entry in a hash map 40, its places by id 12.
    return 140 + 14L * labels.size() + Samples.FIRST_BYTES + Samples.OBJECT_BYTES;
  }
}
