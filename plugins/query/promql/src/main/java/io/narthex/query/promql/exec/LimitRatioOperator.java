package io.narthex.query.promql.exec;

import io.narthex.api.model.LabelsHash;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.function.GoNumbers;
import io.narthex.query.promql.parse.PositionRange;

/**
 * {@code limit_ratio}: a part of the series, chosen by the hash of their labels, so that it is the
 * same at all times and in all queries. A negative ratio takes what the positive one that is
 * greater by one leaves. Groups make no difference.
 */
final class LimitRatioOperator extends VectorOperator {
  private final VectorOperator inner;
  private final ScalarOperator parameter;
  private final PositionRange parameterPosition;
  private final PositionRange position;
  private final Execution execution;
  private final LabelsHash hash = new LabelsHash();
  private double[] ratios = new double[0];
  private SeriesTable table = SeriesTable.EMPTY;
  private int next;

  LimitRatioOperator(
      VectorOperator inner,
      ScalarOperator parameter,
      PositionRange parameterPosition,
      PositionRange position,
      Execution execution) {
    this.inner = inner;
    this.parameter = parameter;
    this.parameterPosition = parameterPosition;
    this.position = position;
    this.execution = execution;
  }

  @Override
  SeriesTable open() throws QueryException {
    ratios = parameter.values();
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (double ratio : ratios) {
      if (Double.isNaN(ratio)) {
        throw Execution.error("Ratio value is NaN");
      }
      least = Math.min(least, ratio);
      greatest = Math.max(greatest, ratio);
    }
    if (greatest > 1) {
      warn(greatest, 1);
    }
    if (least < -1) {
      warn(least, -1);
    }
    table = inner.open();
    return table;
  }

  private void warn(double ratio, double bound) {
    execution
        .remarks()
        .warning(
            "ratio value should be between -1 and 1, got "
                + GoNumbers.general(ratio)
                + ", capping to "
                + GoNumbers.general(bound),
            parameterPosition,
            position);
  }

  @Override
  Column next() throws QueryException {
    double place = hash.place(table.labels(next++));
    Column column = inner.next();
    for (int i = column.nextPresent(0); i < column.size; i = column.nextPresent(i + 1)) {
      if (!takes(Math.clamp(ratios[i], -1, 1), place)) {
        column.remove(i);
      }
    }
    return column;
  }

  private static boolean takes(double ratio, double place) {
    return ratio >= 0 ? place < ratio : place >= 1 + ratio;
  }

  @Override
  public void close() {
    inner.close();
    parameter.close();
  }
}
