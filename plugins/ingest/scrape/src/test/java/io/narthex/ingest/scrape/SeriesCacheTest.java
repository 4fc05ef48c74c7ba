package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SeriesCacheTest {
  private final SeriesCache cache = new SeriesCache();

  private void expose(long... hashes) {
    for (long hash : hashes) {
      int entry = cache.find(hash, 5);
      cache.see(entry < 0 ? cache.add(hash, 5, 1000 + hash) : entry, true);
    }
  }

  private long[] finish(boolean success) {
    long[] stale = cache.stale(!success);
    cache.finish(success);
    return stale;
  }

  @Test
  void findsWhatWasAddedInAnyOrder() {
    expose(1, 2, 3);
    finish(true);
    assertThat(cache.ref(cache.find(3, 5))).isEqualTo(1003);
    assertThat(cache.ref(cache.find(1, 5))).isEqualTo(1001);
    assertThat(cache.ref(cache.find(2, 5))).isEqualTo(1002);
    assertThat(cache.find(2, 6)).isEqualTo(-1);
    assertThat(cache.find(4, 5)).isEqualTo(-1);
  }

  @Test
  void tellsWhichSeriesHaveVanishedOnce() {
    expose(1, 2, 3);
    assertThat(finish(true)).isEmpty();
    expose(1, 3);
    assertThat(finish(true)).containsExactly(1002);
    expose(1, 3);
    assertThat(finish(true)).isEmpty();
    assertThat(cache.size()).isEqualTo(2);
  }

  @Test
  void aFailedScrapeMakesEverythingVanishButForgetsNothing() {
    expose(1, 2);
    finish(true);
    expose(1);
    assertThat(finish(false)).containsExactly(1001, 1002);
    assertThat(finish(false)).as("once").isEmpty();
    expose(1, 2);
    assertThat(cache.size()).isEqualTo(2);
    assertThat(finish(true)).isEmpty();
    assertThat(finish(true)).containsExactly(1001, 1002);
  }

  @Test
  void anotherSpellingOfTheSameSeriesKeepsItAlive() {
    cache.see(cache.add(1, 5, 77), true);
    finish(true);
    cache.see(cache.add(2, 5, 77), true);
    assertThat(finish(true)).isEmpty();
  }

  @Test
  void seriesWithTimestampsAreNotMarked() {
    cache.see(cache.add(1, 5, 77), false);
    finish(true);
    assertThat(finish(true)).isEmpty();
  }

  @Test
  void noticesASeriesThatComesTwice() {
    int entry = cache.add(1, 5, 77);
    assertThat(cache.see(entry, true)).isFalse();
    assertThat(cache.see(entry, true)).isTrue();
    finish(true);
    assertThat(cache.see(cache.find(1, 5), true)).isFalse();
  }

  @Test
  void textsOfTheSameLabelsAreOneSeries() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    // Several texts of a few series; references in any order, and others once they were forgotten.
    long[] refs = new long[60];
    for (int scrape = 0; scrape < 300; scrape++) {
      for (int series = 0; series < refs.length; series++) {
        if (refs[series] == 0 || random.nextInt(40) == 0) {
          refs[series] =
              random.nextBoolean() ? 1_000_000L * scrape + series : random.nextInt(1 << 30) + 1;
        }
      }
      Set<Integer> now = new HashSet<>();
      for (int i = random.nextInt(200); i > 0; i--) {
        int text = random.nextInt(100);
        int series = text % refs.length;
        long hash = (text + 1) * 0x9E3779B97F4A7C15L;
        int entry = cache.find(hash, 9);
        if (entry < 0) {
          entry = cache.add(hash, 9, refs[series]);
        }
        boolean again = cache.see(entry, random.nextBoolean());
        if (cache.ref(entry) != refs[series]) {
          again |= cache.ref(entry, refs[series]);
        }
        assertThat(again)
            .as("seed %d scrape %d text %d", seed, scrape, text)
            .isEqualTo(!now.add(series));
      }
      finish(random.nextInt(5) > 0);
    }
  }

  @Test
  void manyDifferentFailedScrapesDoNotFillItForEver() {
    boolean forced = false;
    for (int scrape = 0; scrape < 100; scrape++) {
      for (int i = 0; i < 100; i++) {
        expose(scrape * 1000L + i + 1);
      }
      cache.stale(true);
      forced |= cache.finish(false);
    }
    assertThat(forced).isTrue();
    assertThat(cache.size()).isLessThan(1200);
  }

  @Test
  void behavesLikeAMap() {
    long seed = 4;
    Random random = new Random(seed);
    Map<Long, Long> model = new HashMap<>();
    Set<Long> before = new HashSet<>();
    for (int scrape = 0; scrape < 200; scrape++) {
      Set<Long> now = new HashSet<>();
      boolean success = random.nextInt(5) > 0;
      for (int i = random.nextInt(300); i > 0; i--) {
        long hash = random.nextInt(500) * 0x9E3779B97F4A7C15L;
        int entry = cache.find(hash, 9);
        assertThat(entry >= 0).as("seed %d", seed).isEqualTo(model.containsKey(hash));
        if (entry < 0) {
          entry = cache.add(hash, 9, model.size() + 1_000_000L * scrape + 1);
          model.put(hash, cache.ref(entry));
        }
        assertThat(cache.ref(entry)).isEqualTo(model.get(hash));
        assertThat(cache.see(entry, true)).isEqualTo(!now.add(hash));
      }
      Set<Long> gone = new HashSet<>();
      for (Long hash : before) {
        if (!success || !now.contains(hash)) {
          gone.add(model.get(hash));
        }
      }
      assertThat(LongStream.of(finish(success)).boxed())
          .as("seed %d scrape %d", seed, scrape)
          .containsExactlyInAnyOrderElementsOf(gone);
      before = success ? now : Set.of();
      if (success) {
        model.keySet().retainAll(now);
      }
      assertThat(cache.size()).isEqualTo(model.size());
    }
  }
}
