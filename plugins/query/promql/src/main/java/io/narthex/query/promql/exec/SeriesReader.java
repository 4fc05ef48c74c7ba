package io.narthex.query.promql.exec;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.QueryException;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.query.promql.column.Samples;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the series of one selector, one after the other, into a buffer that is used again. */
final class SeriesReader implements AutoCloseable {
  private static final int BATCH = 1024;

  private final Execution execution;
  private final Samples samples = new Samples();
  private final SampleBatch batch = new SampleBatch(BATCH);
  private @Nullable SeriesSet set;
  private @Nullable SampleReader reader;
  private int series;
  private long held;

  SeriesReader(Execution execution) {
    this.execution = execution;
  }

  SeriesTable open(SelectRequest request, List<Matcher> matchers) throws QueryException {
    execution.budget().check("expression evaluation");
    SeriesSet selected;
    try {
      selected = execution.querier(request.minTime(), request.maxTime()).select(request, matchers);
    } catch (StorageException e) {
      throw Execution.failure(e);
    }
    set = selected;
    Labels[] labels = new Labels[selected.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = selected.labels(i);
    }
    return new SeriesTable(labels);
  }

  /** Decodes the next series. The samples are valid until the next call. */
  Samples next(boolean keepStale) throws QueryException {
    SeriesSet selected = set;
    if (selected == null) {
      throw new IllegalStateException("not open");
    }
    samples.clear();
    try {
      SampleReader source = selected.samples(series++, reader);
      reader = source;
      while (source.read(batch) > 0) {
        samples.append(batch, keepStale);
        if (samples.total() > held) {
          execution.budget().take(samples.total() - held);
          held = samples.total();
        }
      }
    } catch (StorageException e) {
      throw Execution.failure(e);
    }
    execution.budget().read(samples.total());
    execution.budget().give(held - samples.total());
    held = samples.total();
    execution.budget().check("expression evaluation");
    return samples;
  }

  @Override
  public void close() {
    execution.budget().give(held);
    held = 0;
    SeriesSet selected = set;
    if (selected != null) {
      set = null;
      execution.remarks().addAll(selected.annotations());
      selected.close();
    }
  }
}
