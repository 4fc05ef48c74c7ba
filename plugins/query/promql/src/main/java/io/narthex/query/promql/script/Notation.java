package io.narthex.query.promql.script;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.SeriesNotation;
import io.narthex.api.storage.SampleReader;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.PromqlParser;
import java.util.List;
import java.util.Objects;

/** The notation of series in scripts, for those who load them elsewhere. */
public final class Notation implements SeriesNotation {
  private final PromqlParser parser;

  public Notation(PromqlParser parser) {
    this.parser = parser;
  }

  @Override
  public Labels metric(String text) throws QueryException {
    try {
      return parser.parseMetric(text);
    } catch (ParseException e) {
      throw failure(e);
    }
  }

  @Override
  public Series series(String text) throws QueryException {
    try {
      SeriesLine line = SeriesLine.parse(text, parser);
      return new Series() {
        @Override
        public Labels labels() {
          return line.labels();
        }

        @Override
        public long size() {
          return line.size();
        }

        @Override
        public SampleReader samples(long start, long step) {
          return new Reader(line.runs(), start, step);
        }
      };
    } catch (ParseException e) {
      throw failure(e);
    }
  }

  @Override
  public String text(NativeHistogram histogram) {
    return HistogramText.of(histogram);
  }

  private static QueryException failure(ParseException e) {
    return new QueryException(QueryException.Kind.BAD_DATA, String.valueOf(e.getMessage()), e);
  }

  /** Makes samples as they are asked for. */
  private static final class Reader implements SampleReader {
    private final List<SeriesLine.Run> runs;
    private final long step;

    /** The time of the next item. */
    private long time;

    private int run;

    /** How many items of the run have been read. */
    private int read;

    /** The next float of the run, where {@link #read} is not 0. */
    private double value;

    Reader(List<SeriesLine.Run> runs, long start, long step) {
      this.runs = runs;
      this.step = step;
      time = start;
    }

    @Override
    public int read(SampleBatch batch) {
      batch.clear(SampleBatch.Kind.FLOAT);
      int capacity = Math.max(1, batch.capacity());
      while (run < runs.size() && batch.size < capacity) {
        switch (runs.get(run)) {
          case SeriesLine.Nothing nothing -> {
            if (step > 0 && nothing.count() > (Long.MAX_VALUE - Math.max(0, time)) / step) {
              // What follows is later than any time there is.
              run = runs.size();
              return batch.size;
            }
            time += nothing.count() * step;
            read = nothing.count();
          }
          case SeriesLine.Floats floats -> {
            if (batch.kind != SampleBatch.Kind.FLOAT) {
              return batch.size;
            }
            floats(floats, batch, capacity);
          }
          case SeriesLine.Histograms histograms -> {
            if (batch.kind == SampleBatch.Kind.FLOAT) {
              if (batch.size > 0) {
                return batch.size;
              }
              batch.clear(SampleBatch.Kind.HISTOGRAM);
            }
            while (read < histograms.count() && batch.size < capacity) {
              batch.add(time, Objects.requireNonNull(histograms.items().get(read++).histogram()));
              time += step;
            }
          }
        }
        if (read == runs.get(run).count()) {
          run++;
          read = 0;
        }
      }
      return batch.size;
    }

    private void floats(SeriesLine.Floats floats, SampleBatch batch, int capacity) {
      if (read == 0) {
        value = floats.first();
      }
      while (read < floats.count() && batch.size < capacity) {
        batch.add(time, value);
        value = floats.after(value);
        time += step;
        read++;
      }
    }
  }
}
