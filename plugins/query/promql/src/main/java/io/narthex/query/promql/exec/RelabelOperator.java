package io.narthex.query.promql.exec;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;

/** {@code label_replace} and {@code label_join}: sets one label, computed from the others. */
final class RelabelOperator extends VectorOperator {
  /** What is done to the labels of a series. */
  interface Change {
    Labels apply(Labels labels);

    /** Whether it sets the label, be it to what it was: a name that was set is not dropped. */
    default boolean sets(Labels labels) {
      return true;
    }
  }

  private final VectorOperator inner;
  private final Change change;
  private final boolean setsName;

  /**
   * Makes the operator.
   *
   * @param change gives the new labels
   * @param target the label that is set
   */
  RelabelOperator(VectorOperator inner, Change change, String target) {
    this.inner = inner;
    this.change = change;
    setsName = target.equals(LabelNames.METRIC_NAME);
  }

  @Override
  SeriesTable open() throws QueryException {
    SeriesTable table = inner.open();
    Labels[] labels = new Labels[table.size()];
    boolean[] drops = new boolean[table.size()];
    for (int i = 0; i < labels.length; i++) {
      Labels before = table.labels(i);
      labels[i] = change.apply(before);
      drops[i] = table.drops(i) && !(setsName && change.sets(before));
    }
    return new SeriesTable(labels, drops);
  }

  @Override
  Column next() throws QueryException {
    return inner.next();
  }

  @Override
  public void close() {
    inner.close();
  }
}
