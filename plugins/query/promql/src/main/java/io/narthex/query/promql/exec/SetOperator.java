package io.narthex.query.promql.exec;

import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.parse.BinaryOp;
import io.narthex.query.promql.parse.VectorMatching;

/**
 * {@code and}, {@code or}, {@code unless}: of one side only the bitmaps of presence are kept, one
 * for each match group.
 */
final class SetOperator extends VectorOperator {
  private final BinaryOp op;
  private final VectorOperator left;
  private final VectorOperator right;
  private final MatchGroups groups;
  private final Execution execution;
  private final int words;
  private long[][] presence = new long[0][];
  private int[] leftGroups = new int[0];
  private int[] rightGroups = new int[0];
  private int next;
  private long held;

  SetOperator(
      BinaryOp op,
      VectorOperator left,
      VectorOperator right,
      VectorMatching matching,
      Execution execution,
      int count) {
    this.op = op;
    this.left = left;
    this.right = right;
    this.execution = execution;
    groups = new MatchGroups(matching);
    words = Column.words(count);
  }

  @Override
  SeriesTable open() throws QueryException {
    if (op == BinaryOp.OR) {
      return openUnion();
    }
    SeriesTable rightTable = right.open();
    rightGroups = groups.add(rightTable);
    makePresence();
    for (int group : rightGroups) {
      add(right.next(), presence[group]);
    }
    right.close();
    SeriesTable table = left.open();
    leftGroups = groups.find(table);
    return table;
  }

  private SeriesTable openUnion() throws QueryException {
    SeriesTable leftTable = left.open();
    leftGroups = groups.add(leftTable);
    makePresence();
    SeriesTable rightTable = right.open();
    rightGroups = groups.find(rightTable);
    int n = leftTable.size();
    Labels[] labels = new Labels[n + rightTable.size()];
    boolean[] drops = new boolean[labels.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i < n ? leftTable.labels(i) : rightTable.labels(i - n);
      drops[i] = i < n ? leftTable.drops(i) : rightTable.drops(i - n);
    }
    return new SeriesTable(labels, drops);
  }

  @Override
  Column next() throws QueryException {
    int series = next++;
    if (op == BinaryOp.OR) {
      return nextOfUnion(series);
    }
    Column column = left.next();
    int group = leftGroups[series];
    if (group < 0) {
      if (op == BinaryOp.AND) {
        column.clear();
      }
    } else if (op == BinaryOp.AND) {
      column.retain(presence[group]);
    } else {
      column.removeAll(presence[group]);
    }
    return column;
  }

  private Column nextOfUnion(int series) throws QueryException {
    if (series < leftGroups.length) {
      Column column = left.next();
      add(column, presence[leftGroups[series]]);
      return column;
    }
    if (series == leftGroups.length) {
      left.close();
    }
    Column column = right.next();
    int group = rightGroups[series - leftGroups.length];
    if (group >= 0) {
      column.removeAll(presence[group]);
    }
    return column;
  }

  /** A word of a bitmap takes as much memory as a sample. */
  private void makePresence() throws QueryException {
    held = (long) groups.size() * words;
    execution.budget().take(held);
    presence = new long[groups.size()][words];
  }

  private static void add(Column column, long[] bits) {
    for (int w = 0; w < bits.length; w++) {
      bits[w] |= column.present[w];
    }
  }

  @Override
  public void close() {
    execution.budget().give(held);
    held = 0;
    presence = new long[0][];
    left.close();
    right.close();
  }
}
