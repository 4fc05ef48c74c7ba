package io.narthex.query.promql.exec;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.QueryStatistics;
import io.narthex.api.query.ValueType;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.column.Timeline;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The result of a query, read series by series. */
final class Cursor implements QueryResult {
  /** Where the series come from. */
  interface Rows extends AutoCloseable {
    /** Goes to the next series that has points; false at the end. */
    boolean next() throws QueryException;

    Labels labels();

    /** Writes the points of the current series to the two empty batches. */
    void write(SampleBatch floats, SampleBatch histograms);

    @Override
    default void close() {}
  }

  /** No series. */
  static final Rows NO_ROWS =
      new Rows() {
        @Override
        public boolean next() {
          return false;
        }

        @Override
        public Labels labels() {
          return Labels.empty();
        }

        @Override
        public void write(SampleBatch floats, SampleBatch histograms) {}
      };

  private final ValueType type;
  private final String string;
  private final Rows rows;
  private final Execution execution;
  private final Supplier<Optional<QueryStatistics>> statistics;
  private final Runnable onClose;
  private final SampleBatch floats = new SampleBatch(16);
  private final SampleBatch histograms = new SampleBatch(0);
  private boolean closed;

  Cursor(
      ValueType type,
      String string,
      Rows rows,
      Execution execution,
      Supplier<Optional<QueryStatistics>> statistics,
      Runnable onClose) {
    this.type = type;
    this.string = string;
    this.rows = rows;
    this.execution = execution;
    this.statistics = statistics;
    this.onClose = onClose;
  }

  @Override
  public ValueType type() {
    return type;
  }

  @Override
  public boolean next() throws QueryException {
    if (closed || !rows.next()) {
      floats.clear(SampleBatch.Kind.FLOAT);
      histograms.clear(SampleBatch.Kind.HISTOGRAM);
      return false;
    }
    floats.clear(SampleBatch.Kind.FLOAT);
    histograms.clear(SampleBatch.Kind.HISTOGRAM);
    rows.write(floats, histograms);
    return true;
  }

  @Override
  public Labels labels() {
    return rows.labels();
  }

  @Override
  public SampleBatch floats() {
    return floats;
  }

  @Override
  public SampleBatch histograms() {
    return histograms;
  }

  @Override
  public String string() {
    return string;
  }

  @Override
  public List<Annotation> annotations() {
    return execution.remarks().list();
  }

  @Override
  public Optional<QueryStatistics> statistics() {
    return statistics.get();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      try {
        rows.close();
      } finally {
        execution.closeQueriers();
        onClose.run();
      }
    }
  }

  /** Appends the points of a column. */
  static void write(Column column, Timeline timeline, SampleBatch floats, SampleBatch histograms) {
    floats.ensureCapacity(column.points());
    for (int i = column.nextPresent(0); i < column.size; i = column.nextPresent(i + 1)) {
      NativeHistogram h = column.histogram(i);
      if (h == null) {
        floats.add(timeline.time(i), column.values[i]);
      } else {
        histograms.add(timeline.time(i), h);
      }
    }
  }

  /** Series that are computed while they are read; the order of labels is that of the operator. */
  static final class Streamed implements Rows {
    private final VectorOperator operator;
    private final SeriesTable table;
    private final Timeline timeline;
    private int series = -1;
    private Column column = new Column(0);

    Streamed(VectorOperator operator, SeriesTable table, Timeline timeline) {
      this.operator = operator;
      this.table = table;
      this.timeline = timeline;
    }

    @Override
    public boolean next() throws QueryException {
      while (++series < table.size()) {
        column = operator.next();
        if (!column.isEmpty()) {
          return true;
        }
      }
      return false;
    }

    @Override
    public Labels labels() {
      return table.labels(series);
    }

    @Override
    public void write(SampleBatch floats, SampleBatch histograms) {
      Cursor.write(column, timeline, floats, histograms);
    }

    @Override
    public void close() {
      operator.close();
    }
  }

  /** Series that are all there. */
  static final class Held implements Rows {
    private final Materialized all;
    private final int[] order;
    private final Timeline timeline;
    private int next = -1;
    private Column column = new Column(0);

    /** Takes the series in the given order. */
    Held(Materialized all, int[] order, Timeline timeline) {
      this.all = all;
      this.order = order;
      this.timeline = timeline;
    }

    @Override
    public boolean next() {
      while (++next < order.length) {
        Column found = all.column(order[next]);
        if (found != null) {
          column = found;
          return true;
        }
      }
      return false;
    }

    @Override
    public Labels labels() {
      return all.table().labels(order[next]);
    }

    @Override
    public void write(SampleBatch floats, SampleBatch histograms) {
      Cursor.write(column, timeline, floats, histograms);
    }

    @Override
    public void close() {
      all.release();
    }
  }
}
