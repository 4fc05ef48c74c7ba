package io.narthex.storage.tsdb.compact;

import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A head in plain maps that notes what is asked of it. */
final class FakeHead implements CompactableHead {
  Model inOrder = new Model();
  Model late = new Model();
  final Set<List<String>> staleSeries =
      new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));
  final List<String> calls = new ArrayList<>();
  long diskSize;
  @Nullable IOException logFailure;

  @Override
  public long minTime() {
    return inOrder.minTime();
  }

  @Override
  public long maxTime() {
    return inOrder.maxTime();
  }

  @Override
  public int seriesCount() {
    return inOrder.series.size();
  }

  @Override
  public int staleSeriesCount() {
    return staleSeries.size();
  }

  @Override
  public long diskSize() {
    return diskSize;
  }

  @Override
  public SortedPart sorted(long minTime, long maxTime) {
    calls.add("sorted " + minTime + " " + maxTime);
    return inOrder.part();
  }

  @Override
  public void forget(long time) {
    calls.add("forget " + time);
    inOrder = inOrder.between(time, Long.MAX_VALUE);
  }

  @Override
  public void truncateLog(long time) throws IOException {
    if (logFailure != null) {
      throw logFailure;
    }
    calls.add("log " + time);
  }

  @Override
  public @Nullable Cut outOfOrder() {
    if (late.series.isEmpty()) {
      return null;
    }
    Model cut = late;
    return new ModelCut(cut, () -> late = new Model());
  }

  @Override
  public @Nullable Cut stale() {
    if (staleSeries.isEmpty()) {
      return null;
    }
    Model cut = new Model();
    inOrder.series.forEach((labels, samples) -> {
      if (staleSeries.contains(labels)) {
        samples.forEach((t, v) -> cut.add(labels, t, v));
      }
    });
    return new ModelCut(
        cut,
        () -> {
          inOrder.series.keySet().removeAll(staleSeries);
          staleSeries.clear();
        });
  }

  /** All that is here. */
  Model all() {
    return new Model().addMissing(inOrder).addMissing(late);
  }

  private final class ModelCut implements Cut {
    private final Model model;
    private final Runnable drop;

    ModelCut(Model model, Runnable drop) {
      this.model = model;
      this.drop = drop;
    }

    @Override
    public long minTime() {
      return model.minTime();
    }

    @Override
    public long maxTime() {
      return model.maxTime();
    }

    @Override
    public SortedPart sorted(long minTime, long maxTime) {
      return model.part();
    }

    @Override
    public void drop() {
      calls.add("drop");
      drop.run();
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }
}
