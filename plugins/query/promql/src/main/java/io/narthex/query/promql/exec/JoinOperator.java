package io.narthex.query.promql.exec;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.parse.BinaryOp;
import io.narthex.query.promql.parse.VectorMatching;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An arithmetic or comparison operation between two vectors. The side that may have only one
 * element for each match group ("one") is held in memory; the other ("many") streams past it.
 *
 * <p>All pairs of series that can ever meet are found by their labels beforehand. Whether they
 * meet, and whether a group has more elements than allowed, is decided for all times at once on the
 * bitmaps of presence.
 */
final class JoinOperator extends VectorOperator {
  /** A series of the many side with one of the one side. */
  private record Pair(int many, int one, int output) {}

  private final BinaryOp op;
  private final VectorMatching matching;
  private final boolean returnBool;
  private final VectorOperator manySide;
  private final VectorOperator oneSide;
  private final boolean swapped;
  private final boolean oneToOne;
  private final HistogramArithmetic histograms;
  private final Execution execution;
  private final int count;

  private @Nullable Materialized one;
  private int[] oneGroups = new int[0];
  private int[] manyGroups = new int[0];

  /** Series of the one side, by group. */
  private List<List<Integer>> members = List.of();

  /** Times at which a group has more than one element on the one side. */
  private long[] conflicts = new long[0];

  /** For each group with several series on the many side: times at which one has matched. */
  private long[] @Nullable [] matched = new long[0][];

  /** All that may meet, in the order of the many side. */
  private List<Pair> pairs = List.of();

  private int nextPair;
  private int nextMany;
  private @Nullable Column manyColumn;
  private final Column scratch;

  /** Times at which the pair at hand meets, whether or not a comparison then drops the result. */
  private final long[] met;

  private @Nullable List<Column> outputs;
  private int nextOutput;
  private long held;

  JoinOperator(
      BinaryOp op,
      VectorMatching matching,
      boolean returnBool,
      VectorOperator left,
      VectorOperator right,
      HistogramArithmetic histograms,
      Execution execution,
      int count) {
    this.op = op;
    this.matching = matching;
    this.returnBool = returnBool;
    swapped = matching.cardinality() == VectorMatching.Cardinality.ONE_TO_MANY;
    oneToOne = matching.cardinality() == VectorMatching.Cardinality.ONE_TO_ONE;
    manySide = swapped ? right : left;
    oneSide = swapped ? left : right;
    this.histograms = histograms;
    this.execution = execution;
    this.count = count;
    scratch = new Column(count);
    met = new long[scratch.present.length];
  }

  @Override
  SeriesTable open() throws QueryException {
    MatchGroups groups = new MatchGroups(matching);
    Materialized ones = Materialized.of(oneSide, execution);
    one = ones;
    oneGroups = groups.add(ones.table());
    findConflicts(ones, groups.size());
    SeriesTable many = manySide.open();
    manyGroups = groups.find(many);
    findSharedGroups(groups.size());
    return pair(many, ones);
  }

  private void findConflicts(Materialized ones, int size) {
    members = new ArrayList<>(size);
    for (int g = 0; g < size; g++) {
      members.add(new ArrayList<>(1));
    }
    conflicts = new long[Column.words(count)];
    long[][] seen = new long[size][];
    for (int i = 0; i < ones.size(); i++) {
      Column column = ones.column(i);
      if (column == null) {
        continue;
      }
      int g = oneGroups[i];
      members.get(g).add(i);
      long[] bits = seen[g];
      if (bits == null) {
        seen[g] = column.present.clone();
      } else {
        for (int w = 0; w < bits.length; w++) {
          conflicts[w] |= bits[w] & column.present[w];
          bits[w] |= column.present[w];
        }
      }
    }
  }

  private void findSharedGroups(int size) {
    int[] series = new int[size];
    for (int g : manyGroups) {
      if (g >= 0) {
        series[g]++;
      }
    }
    matched = new long[size][];
    for (int g = 0; g < size; g++) {
      if (oneToOne && series[g] > 1) {
        matched[g] = new long[Column.words(count)];
      }
    }
  }

  /** Announces the results; computes them at once where several pairs may give the same series. */
  private SeriesTable pair(SeriesTable many, Materialized ones) throws QueryException {
    List<Pair> found = new ArrayList<>(many.size());
    Map<Labels, Integer> places = new HashMap<>();
    List<Labels> labels = new ArrayList<>();
    for (int m = 0; m < manyGroups.length; m++) {
      if (manyGroups[m] < 0) {
        continue;
      }
      for (int o : members.get(manyGroups[m])) {
        Labels result = resultLabels(many.labels(m), ones.table().labels(o));
        int fresh = labels.size();
        Integer known = places.putIfAbsent(result, fresh);
        if (known == null) {
          labels.add(result);
        }
        found.add(new Pair(m, o, known == null ? fresh : known));
      }
    }
    pairs = found;
    boolean dropsAll =
        execution.settings().delayedNames()
            && (returnBool || op.kind() == BinaryOp.Kind.ARITHMETIC);
    boolean[] drops = new boolean[labels.size()];
    for (Pair pair : found) {
      drops[pair.output()] |= dropsAll || many.drops(pair.many());
    }
    if (found.isEmpty()) {
      checkRemaining();
    } else if (labels.size() < found.size()) {
      accumulate(labels.size());
    }
    return new SeriesTable(labels.toArray(Labels[]::new), drops);
  }

  private Labels resultLabels(Labels many, Labels one) {
    Labels base = many;
    boolean dropsName =
        !execution.settings().delayedNames()
            && (returnBool || op.kind() == BinaryOp.Kind.ARITHMETIC);
    if (dropsName) {
      base = base.withoutMetricName();
    }
    if (oneToOne) {
      return matching.on() ? base.retain(matching.labels()) : base.without(matching.labels());
    }
    if (matching.include().isEmpty()) {
      return base;
    }
    Labels.Builder builder = base.toBuilder();
    for (String name : matching.include()) {
      if (!(dropsName && name.equals(LabelNames.METRIC_NAME))) {
        builder.set(name, one.get(name));
      }
    }
    return builder.build();
  }

  private void accumulate(int size) throws QueryException {
    List<Column> columns = new ArrayList<>(size);
    int[][] groups = new int[size][];
    long[][] claimed = new long[size][Column.words(count)];
    for (int i = 0; i < size; i++) {
      columns.add(new Column(count));
    }
    int p = 0;
    for (int m = 0; m < manyGroups.length; m++) {
      Column column = nextMany(m);
      for (; p < pairs.size() && pairs.get(p).many() == m; p++) {
        Pair pair = pairs.get(p);
        Column result = compute(column, pair);
        Column output = columns.get(pair.output());
        long[] claims = claimed[pair.output()];
        int clash = Column.firstCommon(claims, met);
        int[] owners = groups[pair.output()];
        if (owners == null) {
          owners = new int[count];
          groups[pair.output()] = owners;
        }
        boolean sameGroup = clash >= 0 && owners[clash] == manyGroups[m];
        if (sameGroup || Column.firstCommon(output.present, result.present) >= 0) {
          throw Execution.error(
              sameGroup
                  ? "multiple matches for labels: grouping labels must ensure unique matches"
                  : "vector cannot contain metrics with the same labelset");
        }
        for (int i = 0; i < count; i++) {
          if ((met[i >> 6] & 1L << i) != 0) {
            owners[i] = manyGroups[m];
          }
        }
        for (int w = 0; w < met.length; w++) {
          claims[w] |= met[w];
        }
        int points = result.points();
        execution.budget().take(points);
        held += points;
        output.merge(result);
      }
    }
    manySide.close();
    outputs = columns;
  }

  private Column nextMany(int m) throws QueryException {
    Column column = manySide.next();
    int conflict = Column.firstCommon(column.present, conflicts);
    if (conflict >= 0) {
      throw duplicate(conflict);
    }
    nextMany = m + 1;
    return column;
  }

  @Override
  Column next() throws QueryException {
    List<Column> ready = outputs;
    if (ready != null) {
      return ready.get(nextOutput++);
    }
    Pair pair = pairs.get(nextPair++);
    while (nextMany <= pair.many()) {
      manyColumn = nextMany(nextMany);
    }
    Column result = compute(Objects.requireNonNull(manyColumn), pair);
    if (nextPair == pairs.size()) {
      checkRemaining();
    }
    return result;
  }

  /** Series without a partner still count where a group has too many elements. */
  private void checkRemaining() throws QueryException {
    for (long word : conflicts) {
      if (word != 0) {
        while (nextMany < manyGroups.length) {
          nextMany(nextMany);
        }
      }
    }
  }

  private Column compute(Column many, Pair pair) throws QueryException {
    Column other = Objects.requireNonNull(Objects.requireNonNull(one).column(pair.one()));
    Column left = swapped ? other : many;
    Column right = swapped ? many : other;
    scratch.clear();
    for (int w = 0; w < scratch.present.length; w++) {
      scratch.present[w] = many.present[w] & other.present[w];
      met[w] = scratch.present[w];
    }
    checkMatchedOnce(manyGroups[pair.many()]);
    if (left.hasHistograms() || right.hasHistograms() || op.kind() == BinaryOp.Kind.TRIM) {
      for (int i = scratch.nextPresent(0); i < count; i = scratch.nextPresent(i + 1)) {
        histograms.apply(
            op,
            left.values[i],
            left.histogram(i),
            right.values[i],
            right.histogram(i),
            returnBool,
            false,
            scratch,
            i);
      }
    } else if (op.kind() == BinaryOp.Kind.ARITHMETIC) {
      Arithmetic.compute(op, left.values, right.values, scratch.values);
    } else if (returnBool) {
      for (int i = 0; i < count; i++) {
        scratch.values[i] = Arithmetic.compare(op, left.values[i], right.values[i]) ? 1 : 0;
      }
    } else {
      Arithmetic.compare(op, left.values, right.values, scratch.present);
      System.arraycopy(left.values, 0, scratch.values, 0, count);
    }
    return scratch;
  }

  private void checkMatchedOnce(int group) throws QueryException {
    long[] bits = matched[group];
    if (bits == null) {
      return;
    }
    if (Column.firstCommon(bits, met) >= 0) {
      throw Execution.error(
          "multiple matches for labels: many-to-one matching must be explicit"
              + " (group_left/group_right)");
    }
    for (int w = 0; w < bits.length; w++) {
      bits[w] |= met[w];
    }
  }

  /** The failure of a group that has more than one element on the one side at a time. */
  private QueryException duplicate(int time) {
    Materialized ones = Objects.requireNonNull(one);
    int[] first = new int[members.size()];
    Arrays.fill(first, -1);
    for (int i = 0; i < ones.size(); i++) {
      Column column = ones.column(i);
      if (column == null || !column.has(time)) {
        continue;
      }
      int g = oneGroups[i];
      if (first[g] >= 0) {
        Labels a = ones.table().labels(first[g]);
        Labels b = ones.table().labels(i);
        boolean inOrder = a.compareTo(b) <= 0;
        return Execution.error(
            "found duplicate series for the match group "
                + new MatchGroups(matching).signature(a)
                + " on the "
                + (swapped ? "left" : "right")
                + " hand-side of the operation: ["
                + (inOrder ? a : b)
                + ", "
                + (inOrder ? b : a)
                + "];many-to-many matching not allowed: matching labels must be unique on one"
                + " side");
      }
      first[g] = i;
    }
    throw new IllegalStateException("no duplicate at " + time);
  }

  @Override
  public void close() {
    execution.budget().give(held);
    held = 0;
    Materialized ones = one;
    if (ones != null) {
      ones.release();
    }
    manySide.close();
    oneSide.close();
  }
}
