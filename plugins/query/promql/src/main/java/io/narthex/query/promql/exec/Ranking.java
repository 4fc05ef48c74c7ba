package io.narthex.query.promql.exec;

import io.narthex.query.promql.parse.AggregateOp;
import java.util.Arrays;

/**
 * The best {@code k} of what is offered: a heap whose root is the worst of those kept. NaN is worse
 * than all; of equal values those offered first stay.
 */
final class Ranking {
  private final AggregateOp op;
  private final int[] members;
  private final double[] values;
  private int size;

  Ranking(AggregateOp op, int k) {
    this.op = op;
    members = new int[k];
    values = new double[k];
  }

  void offer(int member, double value) {
    if (size < members.length) {
      int i = size++;
      members[i] = member;
      values[i] = value;
      while (i > 0 && worse(i, (i - 1) >> 1)) {
        swap(i, (i - 1) >> 1);
        i = (i - 1) >> 1;
      }
      return;
    }
    if (size == 0 || !better(value, values[0])) {
      return;
    }
    members[0] = member;
    values[0] = value;
    siftDown();
  }

  private void siftDown() {
    int i = 0;
    while (true) {
      int worst = i;
      for (int child = 2 * i + 1; child <= 2 * i + 2 && child < size; child++) {
        if (worse(child, worst)) {
          worst = child;
        }
      }
      if (worst == i) {
        return;
      }
      swap(i, worst);
      i = worst;
    }
  }

  /** Those kept, in no order. */
  int[] members() {
    return Arrays.copyOf(members, size);
  }

  /** Those kept, the best first. */
  int[] sorted() {
    int[] sorted = new int[size];
    for (int n = size - 1; n >= 0; n--) {
      sorted[n] = members[0];
      size--;
      swap(0, size);
      siftDown();
    }
    return sorted;
  }

  private boolean better(double a, double b) {
    return switch (op) {
      case TOPK -> a > b || (Double.isNaN(b) && !Double.isNaN(a));
      case BOTTOMK -> a < b || (Double.isNaN(b) && !Double.isNaN(a));
      case LIMITK -> false;
      case AVG, COUNT, COUNT_VALUES, GROUP, LIMIT_RATIO, MAX, MIN, QUANTILE, STDDEV, STDVAR, SUM ->
          throw new IllegalArgumentException("no ranking: " + op);
    };
  }

  private boolean worse(int i, int j) {
    return better(values[j], values[i])
        || (!better(values[i], values[j]) && members[i] > members[j]);
  }

  private void swap(int i, int j) {
    int member = members[i];
    members[i] = members[j];
    members[j] = member;
    double value = values[i];
    values[i] = values[j];
    values[j] = value;
  }
}
