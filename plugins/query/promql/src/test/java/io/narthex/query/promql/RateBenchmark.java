package io.narthex.query.promql;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.RangeQuery;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import java.util.Arrays;
import java.util.List;

/**
 * Measures range queries over 1,000 series at 1,000 steps, 15 seconds apart, of samples that lie
 * ready as columns: what the engine itself costs. Run {@code main}; prints the median of the
 * rounds.
 */
final class RateBenchmark {
  private static final int SERIES = 1000;
  private static final int STEPS = 1000;
  private static final int SAMPLES = STEPS + 20;
  private static final long STEP = 15_000;
  private static final int WARM_UP = 15;
  private static final int ROUNDS = 15;

  private RateBenchmark() {}

  /** Measures. */
  public static void main(String[] args) throws Exception {
    QueryEngine engine = Engines.standard();
    for (String query :
        List.of(
            "m_total",
            "rate(m_total[5m])",
            "sum by (group) (rate(m_total[5m]))",
            "sum_over_time(m_total[5m])",
            "m_total * 2 > 1",
            "m_total / m_total")) {
      long[] nanos = new long[ROUNDS];
      long points = 0;
      for (int i = -WARM_UP; i < ROUNDS; i++) {
        long start = System.nanoTime();
        points = run(engine, query);
        if (i >= 0) {
          nanos[i] = System.nanoTime() - start;
        }
      }
      Arrays.sort(nanos);
      double median = nanos[ROUNDS / 2];
      System.out.printf(
          "%-36s %7.1f ms %6.1f ns a sample read, %d points%n",
          query, median / 1e6, median / SERIES / SAMPLES, points);
    }
  }

  private static long run(QueryEngine engine, String query) throws Exception {
    long end = (SAMPLES - 1) * STEP;
    RangeQuery range =
        new RangeQuery(query, end - (STEPS - 1) * STEP, end, STEP, QueryOptions.DEFAULT);
    long points = 0;
    try (QueryResult result = engine.range(new Columns(), range)) {
      while (result.next()) {
        points += result.floats().size;
      }
    }
    return points;
  }

  /** Counters with a reset now and then; one column of values for all series. */
  static final class Columns implements Storage {
    private final long[] times = new long[SAMPLES];
    private final double[] values = new double[SAMPLES];
    private final Labels[] labels = new Labels[SERIES];

    Columns() {
      for (int i = 0; i < SAMPLES; i++) {
        times[i] = i * STEP;
        values[i] = i % 400 * 3.5;
      }
      for (int i = 0; i < SERIES; i++) {
        labels[i] =
            Labels.of(
                "__name__", "m_total", "group", "g" + i % 10, "instance", "host-" + (10_000 + i));
      }
    }

    @Override
    public void start() {}

    @Override
    public Appender appender(AppendOptions options) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long minTime() {
      return 0;
    }

    @Override
    public long maxTime() {
      return times[SAMPLES - 1];
    }

    @Override
    public void close() {}

    @Override
    public Querier querier(long minTime, long maxTime) {
      return new Querier() {
        @Override
        public SeriesSet select(SelectRequest request, List<Matcher> matchers) {
          return new Selected();
        }

        @Override
        public LabelResult labelValues(String name, int limit, List<Matcher> matchers) {
          throw new UnsupportedOperationException();
        }

        @Override
        public LabelResult labelNames(int limit, List<Matcher> matchers) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
      };
    }

    private final class Selected implements SeriesSet {
      @Override
      public int size() {
        return SERIES;
      }

      @Override
      public Labels labels(int series) {
        return labels[series];
      }

      @Override
      public SampleReader samples(int series, SampleReader reuse) {
        int[] next = {0};
        return batch -> {
          int n = Math.min(batch.capacity(), SAMPLES - next[0]);
          batch.clear(SampleBatch.Kind.FLOAT);
          System.arraycopy(times, next[0], batch.timestamps, 0, n);
          System.arraycopy(values, next[0], batch.values, 0, n);
          batch.size = n;
          next[0] += n;
          return n;
        };
      }

      @Override
      public void close() {}
    }
  }
}
