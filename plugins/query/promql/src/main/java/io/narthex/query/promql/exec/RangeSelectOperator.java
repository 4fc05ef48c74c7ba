package io.narthex.query.promql.exec;

import io.narthex.api.query.QueryException;
import io.narthex.api.storage.SelectRequest;
import io.narthex.query.promql.column.Samples;
import io.narthex.query.promql.column.Timeline;
import io.narthex.query.promql.column.Windows;
import io.narthex.query.promql.parse.VectorSelector;

/** A range selector: the samples of windows, without stale markers. */
final class RangeSelectOperator extends RangeOperator {
  private final Execution execution;
  private final VectorSelector selector;
  private final Timeline timeline;
  private final Moment moment;
  private final Hints hints;
  private final SeriesReader reader;

  RangeSelectOperator(
      Execution execution,
      VectorSelector selector,
      long range,
      Timeline timeline,
      Moment moment,
      Hints hints) {
    super(new Windows(timeline, range, moment.offset(), moment.fixed(), moment.at()));
    this.execution = execution;
    this.selector = selector;
    this.timeline = timeline;
    this.moment = moment;
    this.hints = hints;
    reader = new SeriesReader(execution);
  }

  @Override
  SeriesTable open() throws QueryException {
    long range = windows().range;
    SelectRequest request =
        hints.request(
            moment.of(timeline.start()) - range + 1,
            moment.of(timeline.end()),
            execution.instant() ? 0 : timeline.step(),
            range);
    return reader.open(request, selector.matchers());
  }

  @Override
  Samples next() throws QueryException {
    Samples samples = reader.next(false);
    windows().slide(samples);
    return samples;
  }

  @Override
  public void close() {
    reader.close();
  }
}
