package io.narthex.storage.tsdb.postings;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MatchingTest {
  /** A plain index: series by position. */
  private static class Index implements PostingIndex {
    final List<Labels> series = new ArrayList<>();
    boolean tellsValues;

    private Bitmap where(Predicate<Labels> wanted) {
      Bitmap out = new Bitmap();
      for (int i = 0; i < series.size(); i++) {
        if (wanted.test(series.get(i))) {
          out.add(i);
        }
      }
      return out;
    }

    @Override
    public Bitmap all() {
      return where(l -> true);
    }

    @Override
    public Bitmap of(String name, String value) {
      return where(l -> !value.isEmpty() && l.get(name).equals(value));
    }

    @Override
    public Bitmap ofMatching(String name, String prefix, Predicate<String> wanted) {
      return where(l -> l.has(name) && l.get(name).startsWith(prefix) && wanted.test(l.get(name)));
    }

    @Override
    public Bitmap withLabel(String name) {
      return where(l -> l.has(name));
    }

    @Override
    public int valueCount(String name) {
      return tellsValues ? 1000 : 0;
    }

    @Override
    public int count(String name, String value) {
      return tellsValues ? 1000 * of(name, value).size() : -1;
    }

    @Override
    public @Nullable String value(int id, String name) {
      return tellsValues ? series.get(id).get(name) : null;
    }
  }

  private static final String[] REGEXES = {
    ".*", ".+", "", "a", "a|b", "a|", "[ab]", "a.*", ".*b", "[a-z]+", "(a|b)?", "c.+|", "(?i)A",
    "a?.*b*"
  };

  private static Matcher matcher(Random random) {
    Matcher.Type type = Matcher.Type.values()[random.nextInt(4)];
    String name = "l" + random.nextInt(4);
    boolean regex = type == Matcher.Type.REGEX || type == Matcher.Type.NOT_REGEX;
    String[] values = {"", "a", "b", "ab", "cb"};
    return Matcher.of(
        type,
        name,
        regex ? REGEXES[random.nextInt(REGEXES.length)] : values[random.nextInt(values.length)]);
  }

  private static Index index(Random random) {
    Index index = new Index();
    index.tellsValues = random.nextBoolean();
    String[] values = {"", "a", "b", "ab", "cb", "A", "zz"};
    for (int i = 0; i < 60; i++) {
      Labels.Builder b = Labels.builder();
      for (int l = 0; l < 3; l++) {
        b.set("l" + l, values[random.nextInt(values.length)]);
      }
      index.series.add(b.build());
    }
    return index;
  }

  @Test
  void selectsTheSeriesWhoseLabelsSatisfyAllMatchers() throws StorageException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 3000; round++) {
      Index index = index(random);
      List<Matcher> matchers = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        matchers.add(matcher(random));
      }
      int[] want = index.where(l -> matchers.stream().allMatch(m -> m.matches(l))).toArray();
      assertThat(Matching.select(index, matchers).toArray())
          .as("seed %d, %s", seed, matchers)
          .isEqualTo(want);
    }
  }

  @Test
  void givesTheValuesOfTheSeriesThatSatisfyAllMatchers() throws StorageException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      Index index = index(random);
      List<Matcher> matchers = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        matchers.add(matcher(random));
      }
      TreeSet<String> sorted = new TreeSet<>(Labels::compareCodePoints);
      TreeSet<String> want = new TreeSet<>(Labels::compareCodePoints);
      for (Labels l : index.series) {
        if (l.has("l1")) {
          sorted.add(l.get("l1"));
          if (matchers.stream().allMatch(m -> m.matches(l))) {
            want.add(l.get("l1"));
          }
        }
      }
      assertThat(Matching.labelValues(index, "l1", sorted, matchers, 0))
          .as("seed %d, %s", seed, matchers)
          .containsExactlyElementsOf(want);
      assertThat(Matching.labelValues(index, "l1", sorted, matchers, 2))
          .as("seed %d, %s", seed, matchers)
          .containsExactlyElementsOf(want.stream().limit(3).toList());
    }
  }

  @Test
  void whatIsSelectedDoesNotGrowWithTheIndex() throws StorageException {
    Bitmap own = Bitmap.of(1, 2);
    Index index =
        new Index() {
          @Override
          public Bitmap of(String name, String value) {
            return own;
          }
        };
    Bitmap selected = Matching.select(index, List.of(Matcher.equal("a", "b")));
    own.add(3);
    assertThat(selected.toArray()).containsExactly(1, 2);
  }

  @Test
  void runsAnExpressionOnceOnAnIndexThatNeverChanges() throws StorageException {
    MatchCache cache = new MatchCache(1 << 20);
    AtomicInteger runs = new AtomicInteger();
    Index index =
        new Index() {
          @Override
          public Bitmap ofMatching(String name, String prefix, Predicate<String> wanted) {
            runs.incrementAndGet();
            return super.ofMatching(name, prefix, wanted);
          }

          @Override
          public int valueCount(String name) {
            return MatchCache.MIN_VALUES;
          }

          @Override
          public MatchCache cache() {
            return cache;
          }
        };
    for (String value : List.of("ab", "ac", "b")) {
      index.series.add(Labels.of("l", value));
    }
    Matcher positive = Matcher.of(Matcher.Type.REGEX, "l", "a.*");
    Matcher orNone = Matcher.of(Matcher.Type.REGEX, "l", "(a.*)?");
    for (int i = 0; i < 3; i++) {
      Bitmap found = Matching.select(index, List.of(positive));
      assertThat(found.toArray()).containsExactly(0, 1);
      found.add(7); // The caller's own.
      assertThat(Matching.select(index, List.of(orNone)).toArray()).containsExactly(0, 1);
      assertThat(runs).hasValue(2);
    }
    assertThat(
            Matching.select(index, List.of(Matcher.of(Matcher.Type.NOT_REGEX, "l", "a.*")))
                .toArray())
        .containsExactly(2);
    assertThat(runs).hasValue(2);
  }

  @Test
  void forgetsWhatWasNotAskedForLongestWhenItsCacheIsFull() {
    MatchCache cache = new MatchCache(2000);
    for (int i = 0; i < 20; i++) {
      cache.put("l", "e" + i, true, Bitmap.of(i));
      assertThat(cache.get("l", "e0", true)).as("after %d", i).isNotNull();
      assertThat(cache.get("l", "e0", false)).isNull();
    }
    assertThat(cache.get("l", "e1", true)).isNull();
    Bitmap large = new Bitmap();
    for (int i = 0; i < 1000; i++) {
      large.add(i);
    }
    cache.put("l", "large", true, large);
    assertThat(cache.get("l", "large", true)).isNull();
    assertThat(cache.get("l", "e19", true)).isNotNull();
  }
}
