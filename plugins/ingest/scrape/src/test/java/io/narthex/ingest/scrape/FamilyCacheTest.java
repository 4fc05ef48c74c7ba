package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.format.ExpositionBatch.Family;
import io.narthex.api.model.MetricType;
import io.narthex.api.scrape.TargetsView.FamilyMetadata;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FamilyCacheTest {
  private static final long PER_TARGET = 100_000;
  private static final long TOGETHER = 400_000;

  private final FamilyCache.Shared shared = new FamilyCache.Shared(PER_TARGET, TOGETHER);

  private static Family family(String name, String help) {
    return new Family(name, MetricType.GAUGE, help, null);
  }

  private static List<Family> families(String prefix, int n, String help) {
    List<Family> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      all.add(family(prefix + i, help));
    }
    return all;
  }

  private static List<String> names(FamilyCache cache) {
    return cache.list().stream().map(FamilyMetadata::name).toList();
  }

  @Test
  void whatTargetsShareIsThereOnceAndGoesWithTheLastOfThem() {
    FamilyCache one = new FamilyCache(shared);
    FamilyCache other = new FamilyCache(shared);
    one.update(families("a", 10, "Help."));
    long alone = one.bytes();
    assertThat(alone).isEqualTo(shared.used()).isGreaterThan(10 * "a0Help.".length());
    other.update(families("a", 10, "Help."));
    assertThat(shared.size()).isEqualTo(10);
    assertThat(one.bytes()).isEqualTo(other.bytes()).isLessThan(alone);
    assertThat(one.bytes() + other.bytes())
        .as("but for fractions of a byte")
        .isBetween(shared.used() - 10, shared.used());
    one.clear();
    assertThat(one.size()).isZero();
    assertThat(other.bytes()).isEqualTo(alone).isEqualTo(shared.used());
    other.update(List.of());
    assertThat(names(other)).as("for ten scrapes").hasSize(10);
    assertThat(shared.size()).isZero();
    other.clear();
    assertThat(shared.used()).isZero();
  }

  @Test
  void whatIsNotSaidAgainIsKeptForTenScrapes() {
    FamilyCache cache = new FamilyCache(shared);
    cache.update(List.of(family("a", "Help."), family("b", "")));
    Family partly = new Family("a", MetricType.COUNTER, null, null);
    for (int i = 0; i < 10; i++) {
      cache.update(List.of(partly));
      assertThat(names(cache)).containsExactly("a", "b");
    }
    cache.update(List.of(partly));
    assertThat(names(cache)).containsExactly("a");
    assertThat(cache.list().getFirst().metadata().help()).as("said in part").isEqualTo("Help.");
    assertThat(cache.list().getFirst().metadata().type()).isEqualTo(MetricType.COUNTER);
    cache.update(List.of(family("a", "Other.")));
    assertThat(cache.list().getFirst().metadata().help()).isEqualTo("Other.");
    cache.clear();
    assertThat(shared.used()).isZero();
  }

  @Test
  void aTargetWithEverOtherFamiliesGetsNoMoreThanItsShare() {
    FamilyCache cache = new FamilyCache(shared);
    String help = "x".repeat(1000);
    for (int i = 0; i < 20; i++) {
      cache.update(families("m" + i + "_", 30, help));
      assertThat(names(cache)).as("the latest first").contains("m" + i + "_0", "m" + i + "_29");
      assertThat(shared.used()).isLessThanOrEqualTo(PER_TARGET + 30 * 8);
    }
    assertThat(names(cache)).as("and the ones before").contains("m18_7").doesNotContain("m10_7");
    cache.update(families("n", 1000, help));
    assertThat(names(cache)).contains("n0").doesNotContain("n999");
    assertThat(shared.used()).isLessThanOrEqualTo(PER_TARGET + 1000 * 8);
    cache.update(List.of(family("huge", "x".repeat(1_000_000)), family("small", "")));
    assertThat(names(cache)).contains("small").doesNotContain("huge");
  }

  @Test
  void greedyTargetsLeaveRoomForOthers() {
    for (int i = 0; i < 50; i++) {
      new FamilyCache(shared).update(families("greedy" + i + "_", 2000, "Help."));
    }
    assertThat(shared.used()).isLessThanOrEqualTo(TOGETHER);
    FamilyCache modest = new FamilyCache(shared);
    modest.update(families("modest", 5, "Help."));
    assertThat(names(modest)).hasSize(5);
  }

  @Test
  void namesOfOneHashAreToldApart() {
    FamilyCache.Shared roomy = FamilyCache.Shared.of(4L << 30);
    FamilyCache cache = new FamilyCache(roomy);
    for (String ending : List.of("x", "y")) {
      List<Family> clashing = new ArrayList<>();
      for (int i = 0; i < 1 << 14; i++) {
        clashing.add(family(HostileServer.clashing(i, 14) + ending, ""));
      }
      assertThat(clashing.get(7).name().hashCode()).isEqualTo(clashing.get(8).name().hashCode());
      cache.update(clashing);
    }
    assertThat(cache.size()).isEqualTo(2 << 14);
    assertThat(roomy.size()).isEqualTo(1 << 14);
    cache.clear();
    assertThat(roomy.used()).isZero();
  }
}
