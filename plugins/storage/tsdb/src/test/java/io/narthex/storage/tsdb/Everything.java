package io.narthex.storage.tsdb;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** All samples that a storage answers with. */
final class Everything {
  private Everything() {}

  /** Samples by series and time: a {@link Double} or a {@link NativeHistogram}. */
  static Map<Labels, SortedMap<Long, Object>> of(Storage storage) throws StorageException {
    return of(storage, Long.MIN_VALUE, Long.MAX_VALUE, Matcher.equal("no_such_label", ""));
  }

  /**
   * What satisfies one matcher, in a range whose ends are inclusive. Series without samples: no.
   */
  static Map<Labels, SortedMap<Long, Object>> of(
      Storage storage, long minTime, long maxTime, Matcher matcher) throws StorageException {
    Map<Labels, SortedMap<Long, Object>> all = new TreeMap<>();
    try (Querier querier = storage.querier(minTime, maxTime);
        SeriesSet set = querier.select(SelectRequest.range(minTime, maxTime), List.of(matcher))) {
      SampleBatch batch = new SampleBatch(100);
      for (int i = 0; i < set.size(); i++) {
        SortedMap<Long, Object> samples = new TreeMap<>();
        SampleReader reader = set.samples(i, null);
        long last = Long.MIN_VALUE;
        for (int n; (n = reader.read(batch)) > 0; ) {
          for (int j = 0; j < n; j++) {
            long time = batch.timestamps[j];
            if (!samples.isEmpty() && time <= last) {
              throw new AssertionError(
                  set.labels(i) + ": a sample at " + time + " follows one at " + last);
            }
            last = time;
            Object value = batch.values[j];
            if (batch.kind == SampleBatch.Kind.HISTOGRAM) {
              value = batch.histograms[j];
            }
            samples.put(time, value);
          }
        }
        if (!samples.isEmpty() && all.put(set.labels(i), samples) != null) {
          throw new AssertionError(set.labels(i) + " is there twice");
        }
      }
    }
    return all;
  }
}
