package io.narthex.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesGroups;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageAdmin;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RestrictedStorageTest {
  private final ListStorage storage = new ListStorage();

  private static List<Matcher> is(String... namesAndValues) {
    List<Matcher> matchers = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      matchers.add(Matcher.equal(namesAndValues[i], namesAndValues[i + 1]));
    }
    return matchers;
  }

  private static Labels series(String metric, String team) {
    return Labels.of("__name__", metric, "team", team);
  }

  @SafeVarargs
  private Storage restricted(List<Matcher>... selectors) {
    List<List<Matcher>> all = new ArrayList<>();
    for (List<Matcher> selector : selectors) {
      all.add(selector);
    }
    return RestrictedStorage.of(storage, new Access("ann", all, QueryLimits.NONE));
  }

  @Test
  void isTheStorageItselfWhereNothingIsHidden() {
    assertThat(RestrictedStorage.of(storage, Access.FULL)).isSameAs(storage);
    assertThat(restricted(is("team", "a"))).isNotSameAs(storage);
  }

  @Test
  void showsWhatANaiveFilterWould() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 40; i++) {
      storage.series.clear();
      for (int n = random.nextInt(40); n > 0; n--) {
        storage.series.add(RestrictedStorageCheck.randomSeries(random));
      }
      storage.shards = random.nextBoolean();
      new RestrictedStorageCheck(storage, storage.series, 0, 9, random.nextLong()).run(50);
    }
    assertThat(storage.open).isZero();
  }

  @Test
  void readsNoSamplesOfHiddenSeriesAndThoseOfOthersByTheirPlace() throws Exception {
    storage.series.addAll(
        List.of(series("m", "a"), series("m", "b"), series("m", "c"), series("m", "d")));
    Matcher notC = Matcher.of(Matcher.Type.NOT_EQUAL, "team", "c");
    try (Querier querier =
            restricted(is("team", "b"), List.of(notC, Matcher.equal("team", "d"))).querier(0, 9);
        SeriesSet set = querier.select(SelectRequest.range(0, 9), is("__name__", "m"))) {
      SampleBatch batch = new SampleBatch(4);
      List<String> read = new ArrayList<>();
      for (int i = 0; i < set.size(); i++) {
        set.samples(i, null).read(batch);
        read.add(set.labels(i).get("team") + batch.values[0]);
      }
      assertThat(read).containsExactly("b1.0", "d3.0");
      assertThat(storage.read).containsExactly(series("m", "b"), series("m", "d"));
    }
    assertThat(storage.open).isZero();
  }

  @Test
  void asksTheStorageForFewOthers() throws Exception {
    try (Querier querier = restricted(is("team", "a.b"), is("team", "")).querier(0, 9)) {
      querier.labelNames(0, is("__name__", "m"));
      assertThat(storage.asked).hasToString("[__name__=\"m\", team=~\"a\\\\.b|\"]");
      assertThat(storage.lookups).isEqualTo(1);
    }
    try (Querier querier =
        restricted(is("env", "x", "team", "a"), is("env", "x", "team", "b", "zone", "z"))
            .querier(0, 9)) {
      querier.select(SelectRequest.range(0, 9), is("__name__", "m")).close();
      assertThat(storage.asked).hasToString("[__name__=\"m\", env=\"x\", team=~\"a|b\"]");
    }
    try (Querier querier = restricted(is("env", "x"), is("env", "x", "team", "b")).querier(0, 9)) {
      querier.labelNames(0, List.of());
      assertThat(storage.asked).hasToString("[env=\"x\"]");
    }
  }

  @Test
  void doesWithoutAPatternForVeryManyValues() throws Exception {
    List<List<Matcher>> many =
        IntStream.range(0, 5000).mapToObj(i -> is("team", "t".repeat(300) + i)).toList();
    storage.series.addAll(List.of(series("m", "t".repeat(300) + 7), series("m", "x")));
    Access access = new Access("ann", many, QueryLimits.NONE);
    try (Querier querier = RestrictedStorage.of(storage, access).querier(0, 9);
        SeriesSet set = querier.select(SelectRequest.range(0, 9), is("__name__", "m"))) {
      assertThat(set.size()).isEqualTo(1);
    }
  }

  /** A hint to keep some labels only must not make others look absent. */
  @Test
  void hintsThatMayCostLabelsDoNotReachTheStorage() throws Exception {
    storage.series.addAll(List.of(series("m", "a"), series("m", "b")));
    storage.dropsWhatIsNotGrouped = true;
    Matcher notB = Matcher.of(Matcher.Type.NOT_EQUAL, "team", "b");
    SelectRequest request =
        new SelectRequest(0, 9, true, 0, 0, 0, "sum", List.of("__name__"), true, 0, 0, false);
    try (Querier querier =
            restricted(List.of(notB), List.of(notB, Matcher.equal("env", ""))).querier(0, 9);
        SeriesSet set = querier.select(request, is("__name__", "m"))) {
      assertThat(set.size()).isEqualTo(1);
    }
    try (Querier querier = restricted(List.of(notB), is("team", "a")).querier(0, 9);
        SeriesSet set = querier.select(request, is("__name__", "m"))) {
      assertThat(set.size()).isEqualTo(1);
      assertThat(set.labels(0)).isEqualTo(series("m", "a"));
    }
  }

  @Test
  void handsRemarksOnAndTellsOfEachOnce() throws Exception {
    storage.series.addAll(List.of(series("m", "a"), series("n", "b"), series("o", "c")));
    storage.annotations.add(Annotation.warning("a disk is slow"));
    List<Matcher> notX = List.of(Matcher.of(Matcher.Type.NOT_EQUAL, "team", "x"));
    try (Querier querier = restricted(is("team", "a"), notX).querier(0, 9);
        SeriesSet set = querier.select(SelectRequest.seriesOnly(0, 9, 2), is("nowhere", ""))) {
      assertThat(set.size()).isEqualTo(2);
      assertThat(set.annotations())
          .containsExactly(
              Annotation.warning("a disk is slow"),
              Annotation.warning("results truncated due to limit"));
      assertThat(querier.labelValues("team", 0, List.of()).annotations())
          .containsExactly(Annotation.warning("a disk is slow"));
    }
  }

  @Test
  void closesASelectionThatItCannotLookThrough() throws Exception {
    storage.series.add(series("m", "a"));
    storage.defect = new IllegalStateException("labels are damaged");
    try (Querier querier =
        restricted(is("team", "a"), List.of(Matcher.of(Matcher.Type.REGEX, "team", "b.*")))
            .querier(0, 9)) {
      assertThatThrownBy(() -> querier.select(SelectRequest.range(0, 9), is("__name__", "m")))
          .isSameAs(storage.defect);
    }
    assertThat(storage.open).isZero();
  }

  @Test
  void leavesExemplarsOfHiddenSeriesOut() throws Exception {
    storage.series.addAll(List.of(series("m", "a"), series("m", "b"), series("n", "c")));
    List<List<Matcher>> asked = List.of(is("__name__", "m"), is("__name__", "n"));
    for (Storage view :
        List.of(
            restricted(is("team", "a"), is("team", "c")),
            restricted(is("team", "a"), is("team", "c", "__name__", "n")))) {
      assertThat(((ExemplarStorage) view).exemplars(0, 9, asked))
          .extracting(ExemplarStorage.SeriesExemplars::series)
          .containsExactly(series("m", "a"), series("n", "c"));
    }
    assertThat(
            ((ExemplarStorage) restricted(is("team", "a")))
                .exemplars(0, 9, List.of(is("team", "b"))))
        .isEmpty();
  }

  @Test
  void isForReadingAloneAndHasNoFurtherAbilities() throws Exception {
    Storage view = restricted(is("team", "a"));
    assertThat(view).isNotInstanceOf(StorageAdmin.class);
    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(() -> view.appender(AppendOptions.DEFAULT));
    view.start();
    view.close();
    assertThat(storage.closed).isFalse();
    assertThat(view.minTime()).isEqualTo(3);
    assertThat(view.maxTime()).isEqualTo(7);
  }

  /** Series with one sample each, whose value is their place. */
  private static final class ListStorage implements Storage, ExemplarStorage {
    final TreeSet<Labels> series = new TreeSet<>();
    final List<Annotation> annotations = new ArrayList<>();
    final List<Labels> read = new ArrayList<>();
    List<Matcher> asked = List.of();
    RuntimeException defect;
    boolean shards;
    boolean dropsWhatIsNotGrouped;
    boolean closed;
    int lookups;
    int open;

    private List<Labels> found(List<Matcher> matchers) {
      asked = matchers;
      lookups++;
      return series.stream().filter(s -> matchers.stream().allMatch(m -> m.matches(s))).toList();
    }

    private List<Annotation> annotations(boolean cut) {
      List<Annotation> told = new ArrayList<>(annotations);
      if (cut) {
        told.add(Annotation.warning("results truncated due to limit"));
      }
      return told;
    }

    private LabelResult cut(TreeSet<String> items, int limit) {
      boolean cut = limit > 0 && items.size() > limit;
      return new LabelResult(
          items.stream().limit(cut ? limit : Long.MAX_VALUE).toList(), annotations(cut));
    }

    @Override
    public Querier querier(long minTime, long maxTime) {
      open++;
      return new Querier() {
        @Override
        public SeriesSet select(SelectRequest request, List<Matcher> matchers) {
          assertThat(matchers).isNotEmpty();
          open++;
          return new ListSet(request, found(matchers));
        }

        @Override
        public LabelResult labelValues(String name, int limit, List<Matcher> matchers) {
          TreeSet<String> values = new TreeSet<>(Labels::compareCodePoints);
          found(matchers).stream().filter(s -> s.has(name)).forEach(s -> values.add(s.get(name)));
          return cut(values, limit);
        }

        @Override
        public LabelResult labelNames(int limit, List<Matcher> matchers) {
          TreeSet<String> names = new TreeSet<>(Labels::compareCodePoints);
          found(matchers).forEach(s -> s.forEach((name, value) -> names.add(name)));
          return cut(names, limit);
        }

        @Override
        public void close() {
          open--;
        }
      };
    }

    @Override
    public List<SeriesExemplars> exemplars(
        long minTime, long maxTime, List<List<Matcher>> selectors) {
      return series.stream()
          .filter(s -> selectors.stream().anyMatch(l -> l.stream().allMatch(m -> m.matches(s))))
          .map(s -> new SeriesExemplars(s, List.of(new Exemplar(Labels.empty(), 1, 5, true))))
          .toList();
    }

    @Override
    public void start() {}

    @Override
    public Appender appender(AppendOptions options) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long minTime() {
      return 3;
    }

    @Override
    public long maxTime() {
      return 7;
    }

    @Override
    public void close() {
      closed = true;
    }

    private final class ListSet implements SeriesSet {
      private final List<Labels> found;
      private final SelectRequest request;
      private final boolean cut;

      ListSet(SelectRequest request, List<Labels> all) {
        this.request = request;
        List<Labels> own =
            all.stream()
                .filter(s ->
                    !sharded()
                        || Math.floorMod(s.hashCode(), request.shardCount())
                            == request.shardIndex())
                .toList();
        cut = request.limit() > 0 && own.size() > request.limit();
        found = cut ? own.subList(0, request.limit()) : own;
      }

      @Override
      public int size() {
        return found.size();
      }

      @Override
      public Labels labels(int i) {
        Labels labels = found.get(i);
        return dropsWhatIsNotGrouped && !request.grouping().isEmpty()
            ? labels.retain(Set.copyOf(request.grouping()))
            : labels;
      }

      @Override
      public SampleReader samples(int i, SampleReader reuse) {
        read.add(found.get(i));
        int place = List.copyOf(series).indexOf(found.get(i));
        return batch -> {
          batch.clear(SampleBatch.Kind.FLOAT);
          batch.add(5, place);
          return 1;
        };
      }

      @Override
      public SeriesGroups groups(Set<String> names, boolean by) {
        if (defect != null) {
          throw defect;
        }
        return SeriesSet.super.groups(names, by);
      }

      @Override
      public boolean sharded() {
        return shards && request.shardCount() > 0;
      }

      @Override
      public List<Annotation> annotations() {
        return ListStorage.this.annotations(cut);
      }

      @Override
      public void close() {
        open--;
      }
    }
  }
}
