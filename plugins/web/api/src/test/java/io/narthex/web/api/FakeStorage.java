package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.api.storage.StorageStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Series without samples. Honours limits as storages do, and counts what is left open. */
class FakeStorage implements Storage, StorageStatus {
  private static final Annotation CUT = Annotation.warning("results truncated due to limit");

  final TreeSet<Labels> series = new TreeSet<>();
  final List<Annotation> annotations = new ArrayList<>();

  /** Samples of some series, handed over in one batch. */
  final Map<Labels, SampleBatch> samples = new HashMap<>();

  @Nullable StorageException failure;

  /** A series whose samples cannot be read. */
  @Nullable Labels unreadable;

  String retention = "";
  long corruptions;
  long minTime;
  long maxTime;
  int limit = -1;
  int open;

  private void failIfToldSo() throws StorageException {
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void start() {}

  @Override
  public Appender appender(AppendOptions options) {
    throw new UnsupportedOperationException("nothing is appended here");
  }

  @Override
  public Querier querier(long min, long max) throws StorageException {
    failIfToldSo();
    minTime = min;
    maxTime = max;
    open++;
    return new FakeQuerier();
  }

  @Override
  public String retention() {
    return retention;
  }

  @Override
  public long corruptions() {
    return corruptions;
  }

  @Override
  public long minTime() {
    return Long.MAX_VALUE;
  }

  @Override
  public long maxTime() {
    return Long.MIN_VALUE;
  }

  @Override
  public void close() {}

  private final class FakeQuerier implements Querier {
    private List<Labels> matching(List<Matcher> matchers) {
      return series.stream()
          .filter(s -> matchers.stream().allMatch(m -> m.matches(s.get(m.name()))))
          .toList();
    }

    private LabelResult cut(Collection<String> items, int most) {
      limit = most;
      List<Annotation> told = new ArrayList<>(annotations);
      if (most > 0 && items.size() > most) {
        told.add(CUT);
        return new LabelResult(items.stream().limit(most).toList(), told);
      }
      return new LabelResult(List.copyOf(items), told);
    }

    @Override
    public SeriesSet select(SelectRequest request, List<Matcher> matchers) {
      limit = request.limit();
      List<Labels> found = matching(matchers);
      boolean cut = limit > 0 && found.size() > limit;
      List<Labels> kept = cut ? found.subList(0, limit) : found;
      List<Annotation> told = new ArrayList<>(annotations);
      if (cut) {
        told.add(CUT);
      }
      open++;
      return new SeriesSet() {
        @Override
        public int size() {
          return kept.size();
        }

        @Override
        public Labels labels(int i) {
          return kept.get(i);
        }

        @Override
        public SampleReader samples(int i, @Nullable SampleReader reuse) throws StorageException {
          if (kept.get(i).equals(unreadable)) {
            throw new StorageException(StorageException.Kind.IO, "cannot read");
          }
          SampleBatch own = samples.get(kept.get(i));
          if (own == null) {
            throw new UnsupportedOperationException("no samples are needed here");
          }
          return new OneBatch(own);
        }

        @Override
        public List<Annotation> annotations() {
          return told;
        }

        @Override
        public void close() {
          open--;
        }
      };
    }

    @Override
    public LabelResult labelValues(String name, int most, List<Matcher> matchers) {
      TreeSet<String> values = new TreeSet<>(Labels::compareCodePoints);
      matching(matchers).stream().filter(s -> s.has(name)).forEach(s -> values.add(s.get(name)));
      return cut(values, most);
    }

    @Override
    public LabelResult labelNames(int most, List<Matcher> matchers) {
      TreeSet<String> names = new TreeSet<>(Labels::compareCodePoints);
      matching(matchers).forEach(s -> s.forEach((name, value) -> names.add(name)));
      return cut(names, most);
    }

    @Override
    public void close() {
      open--;
    }
  }

  private static final class OneBatch implements SampleReader {
    private final SampleBatch own;
    private boolean read;

    OneBatch(SampleBatch own) {
      this.own = own;
    }

    @Override
    public int read(SampleBatch batch) {
      batch.clear(own.kind);
      for (int i = 0; !read && i < own.size; i++) {
        if (own.kind == SampleBatch.Kind.FLOAT) {
          batch.add(own.timestamps[i], own.values[i]);
        } else {
          batch.add(own.timestamps[i], Objects.requireNonNull(own.histograms[i]));
        }
      }
      read = true;
      return batch.size;
    }
  }
}
