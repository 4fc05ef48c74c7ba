package io.narthex.query.promql.exec;

import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Orders the elements of an instant query's vector; elements without a value come last. */
final class SortOperator extends ColumnsOperator {
  /** An element of the vector. */
  record Element(Labels labels, boolean drops, Column column) {
    double value() {
      return column.values[0];
    }
  }

  private final VectorOperator inner;
  private final Comparator<Element> order;
  private final boolean floatsOnly;

  /**
   * Makes the operator.
   *
   * @param floatsOnly whether histograms are left out
   */
  SortOperator(
      VectorOperator inner, Execution execution, Comparator<Element> order, boolean floatsOnly) {
    super(execution);
    this.inner = inner;
    this.order = order;
    this.floatsOnly = floatsOnly;
  }

  /** By value, NaN last either way. */
  static Comparator<Element> byValue(boolean descending) {
    return (a, b) -> {
      double x = a.value();
      double y = b.value();
      if (Double.isNaN(x) || Double.isNaN(y)) {
        return Boolean.compare(Double.isNaN(x), Double.isNaN(y));
      }
      return descending ? Double.compare(y, x) : Double.compare(x, y);
    };
  }

  /** By the values of labels in natural order, then by all labels. */
  static Comparator<Element> byLabels(List<String> names, boolean descending) {
    Comparator<Element> order =
        (a, b) -> {
          for (String name : names) {
            int c = NaturalOrder.compare(a.labels().get(name), b.labels().get(name));
            if (c != 0) {
              return c;
            }
          }
          return a.labels().compareTo(b.labels());
        };
    return descending ? order.reversed() : order;
  }

  @Override
  SeriesTable open() throws QueryException {
    SeriesTable table = inner.open();
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      Column column = inner.next();
      if (floatsOnly) {
        column.removeHistograms();
      }
      if (column.has(0)) {
        elements.add(new Element(table.labels(i), table.drops(i), column.copy()));
      }
    }
    inner.close();
    elements.sort(order);
    Labels[] labels = new Labels[elements.size()];
    boolean[] drops = new boolean[labels.length];
    List<Column> columns = new ArrayList<>(labels.length);
    for (int i = 0; i < labels.length; i++) {
      Element e = elements.get(i);
      labels[i] = e.labels();
      drops[i] = e.drops();
      columns.add(e.column());
    }
    give(columns);
    return new SeriesTable(labels, drops);
  }

  @Override
  public void close() {
    super.close();
    inner.close();
  }
}
