package io.narthex.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesGroups;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares what somebody sees of a storage with what a list of the series says that he should see:
 * random accesses, matchers and limits.
 */
public final class RestrictedStorageCheck {
  private static final List<String> NAMES = List.of("__name__", "team", "env", "Zone", "nowhere");
  private static final List<String> VALUES = List.of("", "a", "b", "c", "a.b", "m");

  private final Storage storage;
  private final List<Labels> series;
  private final long from;
  private final long to;
  private final long seed;
  private final Random random;

  /**
   * Prepares one.
   *
   * @param series all that the storage has, with a sample each in the range
   * @param from milliseconds, inclusive
   * @param to milliseconds, inclusive
   */
  public RestrictedStorageCheck(
      Storage storage, Collection<Labels> series, long from, long to, long seed) {
    this.storage = storage;
    this.series = List.copyOf(new TreeSet<>(series));
    this.from = from;
    this.to = to;
    this.seed = seed;
    random = new Random(seed);
  }

  /** Labels of series that the checks can tell apart. */
  public static Labels randomSeries(Random random) {
    Labels.Builder labels = Labels.builder().set("__name__", random.nextBoolean() ? "m" : "n");
    for (String name : List.of("team", "env", "Zone")) {
      String value = VALUES.get(random.nextInt(VALUES.size()));
      if (!value.isEmpty()) {
        labels.set(name, value);
      }
    }
    return labels.build();
  }

  /** What somebody may see at random. */
  public static Access randomAccess(Random random) {
    List<List<Matcher>> selectors = new ArrayList<>();
    int kind = random.nextInt(4);
    for (int i = random.nextInt(4); i >= 0; i--) {
      selectors.add(
          switch (kind) {
            // All of one label, as most are configured.
            case 0 -> List.of(Matcher.equal("team", pick(random, VALUES)));
            case 1 ->
                List.of(Matcher.equal("team", pick(random, VALUES)), Matcher.equal("env", "a"));
            case 2 -> List.of(Matcher.equal("team", pick(random, VALUES)), matcher(random));
            default -> matchers(random, 1 + random.nextInt(3));
          });
    }
    return new Access("ann", selectors, QueryLimits.NONE);
  }

  private static List<Matcher> matchers(Random random, int n) {
    List<Matcher> matchers = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      matchers.add(matcher(random));
    }
    return matchers;
  }

  private static Matcher matcher(Random random) {
    Matcher.Type type = Matcher.Type.values()[random.nextInt(4)];
    String value = pick(random, VALUES);
    if (type == Matcher.Type.REGEX || type == Matcher.Type.NOT_REGEX) {
      value = pick(random, List.of(value, value + "|" + pick(random, VALUES), ".+", ".*", "a.*"));
    }
    return Matcher.of(type, pick(random, NAMES), value);
  }

  private static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** Compares as often as is said. */
  public void run(int rounds) throws StorageException {
    for (int i = 0; i < rounds; i++) {
      Access access = randomAccess(random);
      List<Matcher> matchers = matchers(random, 1 + random.nextInt(2));
      int limit = random.nextBoolean() ? 0 : 1 + random.nextInt(4);
      String what = "seed " + seed + ", " + access.selectors() + ", " + matchers + ", " + limit;
      List<Labels> shown = series.stream().filter(access::shows).toList();
      List<Labels> wanted =
          shown.stream().filter(s -> matchers.stream().allMatch(m -> m.matches(s))).toList();
      try (Querier querier = RestrictedStorage.of(storage, access).querier(from, to)) {
        select(querier, matchers, limit, wanted, what);
        boolean all = random.nextInt(4) == 0;
        List<Matcher> asked = all ? List.of() : matchers;
        List<Labels> found = all ? shown : wanted;
        for (String name : NAMES) {
          TreeSet<String> values = new TreeSet<>(Labels::compareCodePoints);
          found.stream().filter(s -> s.has(name)).forEach(s -> values.add(s.get(name)));
          list(querier.labelValues(name, limit, asked), limit, values, name + " of " + what);
          LabelResult some = querier.labelValues(name, limit, asked, v -> v.compareTo("b") >= 0);
          values.removeIf(v -> v.compareTo("b") < 0);
          list(some, limit, values, name + " from b of " + what);
        }
        TreeSet<String> names = new TreeSet<>(Labels::compareCodePoints);
        found.forEach(s -> s.forEach((name, value) -> names.add(name)));
        list(querier.labelNames(limit, asked), limit, names, "names of " + what);
      }
    }
  }

  private static void list(LabelResult result, int limit, TreeSet<String> wanted, String what) {
    boolean cut = limit > 0 && wanted.size() > limit;
    assertThat(result.items())
        .as(what)
        .isEqualTo(wanted.stream().limit(cut ? limit : Long.MAX_VALUE).toList());
    warned(result.annotations(), cut, what);
  }

  private static void warned(List<Annotation> annotations, boolean cut, String what) {
    assertThat(annotations)
        .as(what)
        .isEqualTo(cut ? List.of(Annotation.warning("results truncated due to limit")) : List.of());
  }

  private void select(
      Querier querier, List<Matcher> matchers, int limit, List<Labels> wanted, String what)
      throws StorageException {
    try (SeriesSet set = querier.select(SelectRequest.seriesOnly(from, to, limit), matchers)) {
      boolean cut = limit > 0 && wanted.size() > limit;
      assertThat(labels(set)).as(what).isEqualTo(cut ? wanted.subList(0, limit) : wanted);
      warned(set.annotations(), cut, what);
      Set<String> names = new TreeSet<>();
      NAMES.stream().filter(name -> random.nextBoolean()).forEach(names::add);
      boolean by = random.nextBoolean();
      SeriesGroups groups = set.groups(names, by);
      List<Labels> met = new ArrayList<>();
      for (int i = 0; i < set.size(); i++) {
        Labels group = by ? set.labels(i).retain(names) : set.labels(i).without(names);
        assertThat(groups.labels().get(groups.group()[i])).as(what).isEqualTo(group);
        if (!met.contains(group)) {
          met.add(group);
        }
      }
      assertThat(groups.labels()).as(what).isEqualTo(met);
    }
    List<Labels> found = new ArrayList<>();
    for (int shard = 0; shard < 3; shard++) {
      SelectRequest request =
          new SelectRequest(from, to, true, 0, 0, 0, "sum", List.of("team"), true, shard, 3, false);
      try (SeriesSet set = querier.select(request, matchers)) {
        if (set.sharded() || shard == 0) {
          found.addAll(labels(set));
        }
      }
    }
    found.sort(null);
    assertThat(found).as(what).isEqualTo(wanted);
  }

  private static List<Labels> labels(SeriesSet set) {
    List<Labels> labels = new ArrayList<>();
    for (int i = 0; i < set.size(); i++) {
      labels.add(set.labels(i));
    }
    return labels;
  }
}
