package io.narthex.storage.tsdb.head;

import io.narthex.api.model.Labels;
import org.jspecify.annotations.Nullable;

/**
 * Labels of series that were read lately, by slot; of fixed size, so a giant selection cannot fill
 * the heap. An entry lost in a race is made again.
 */
final class LabelsCache {
  private static final int SIZE = 1 << 14;

  private record Entry(int slot, long ref, Labels labels) {}

  private final @Nullable Entry[] entries = new Entry[SIZE];

  @Nullable Labels get(int slot, long ref) {
    Entry e = entries[slot & (SIZE - 1)];
    return e != null && e.slot == slot && e.ref == ref ? e.labels : null;
  }

  void put(int slot, long ref, Labels labels) {
    entries[slot & (SIZE - 1)] = new Entry(slot, ref, labels);
  }
}
