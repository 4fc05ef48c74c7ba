package io.narthex.storage.tsdb.head;

import io.narthex.api.storage.CardinalitySource.Cardinality;
import io.narthex.api.storage.CardinalitySource.Count;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Counts what the head's series are made of. */
final class HeadCardinality {
  private HeadCardinality() {}

  /** The largest entries, at most a limit of them. */
  private static final class Top {
    private static final Comparator<Count> LEAST_FIRST =
        Comparator.comparingLong(Count::value)
            .thenComparing(Count::name, Comparator.reverseOrder());

    private final int limit;
    private final PriorityQueue<Count> least = new PriorityQueue<>(LEAST_FIRST);

    Top(int limit) {
      this.limit = limit;
    }

    /** Whether an entry of this value may be among them: saves making its name. */
    boolean takes(long value) {
      Count last = least.peek();
      return limit > 0 && (least.size() < limit || last == null || value >= last.value());
    }

    void add(String name, long value) {
      least.add(new Count(name, value));
      if (least.size() > limit) {
        least.poll();
      }
    }

    List<Count> list() {
      List<Count> out = new ArrayList<>(least);
      out.sort(LEAST_FIRST.reversed());
      return out;
    }
  }

  static Cardinality of(Head head, int limit) {
    LabelStore labels = head.labels();
    Top metrics = new Top(limit);
    Top values = new Top(limit);
    Top memory = new Top(limit);
    Top pairs = new Top(limit);
    for (LabelStore.Name name : labels.names()) {
      int count = name.count;
      int[] ids = name.pairs;
      long bytes = 0;
      int live = 0;
      boolean metric = name.text.equals("__name__");
      for (int i = 0; i < count && i < ids.length; i++) {
        int series = labels.seriesCount(ids[i]);
        if (series == 0) {
          continue;
        }
        live++;
        // As upstream counts: the value, once for each series.
        bytes += (long) series * labels.valueLength(ids[i]);
        if (metric && metrics.takes(series)) {
          metrics.add(labels.value(ids[i]), series);
        }
        if (pairs.takes(series)) {
          pairs.add(name.text + "=" + labels.value(ids[i]), series);
        }
      }
      if (live > 0) {
        values.add(name.text, live);
        memory.add(name.text, bytes);
      }
    }
    return new Cardinality(
        head.seriesCount(),
        head.chunkCount(),
        labels.livePairs(),
        head.minTime(),
        head.maxTime(),
        metrics.list(),
        values.list(),
        memory.list(),
        pairs.list());
  }
}
