package io.narthex.ingest.pushgateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.MetricFamily;
import io.narthex.api.format.TextFamilies;
import io.narthex.api.model.NameScheme;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FamilyIndexTest {
  private static final String[] NAMES = {"m", "m_count", "m_bucket", "n"};
  private static final String[] TYPES = {"untyped", "gauge", "histogram", "summary"};

  /** What is kept up to date from push to push against what is made of all groups anew. */
  @Test
  void judgesAsIfAllWereGatheredAnew() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    GroupStore store = new GroupStore(Clock.systemUTC(), () -> {});
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      SortedMap<String, String> labels = new TreeMap<>(Map.of("job", "j" + random.nextInt(3)));
      if (random.nextInt(3) == 0) {
        labels.put("instance", "i" + random.nextInt(2));
      }
      if (random.nextInt(8) == 0) {
        store.delete(labels);
        continue;
      }
      boolean replace = random.nextBoolean();
      List<Family> push = push(random);
      String slow = anew(store.groups(), labels, push, replace);
      Optional<String> quick = store.push(labels, push, replace, true, NameScheme.LEGACY, Map.of());
      assertThat(quick.isPresent())
          .as("seed %d, push %d: %s against %s", seed, i, quick, slow)
          .isEqualTo(!slow.isEmpty());
      refused += quick.isPresent() ? 1 : 0;
      if (i % 50 == 0) {
        assertThat(exposed(store.families()))
            .as("seed %d, push %d", seed, i)
            .isEqualTo(exposedAnew(store.groups()));
      }
    }
    assertThat(refused).as("seed %d", seed).isBetween(100, 2900);
  }

  private static String exposed(List<FamilyIndex.Named> families) throws IOException {
    assertThat(families).noneMatch(FamilyIndex.Named::mixed);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Exposition.write(families, new TreeMap<>(), Exposition.Form.TEXT, out);
    return out.toString(StandardCharsets.UTF_8);
  }

  /** From an index that nothing was ever taken out of, and with nothing rendered before. */
  private static String exposedAnew(List<Group> groups) throws IOException {
    FamilyIndex index = new FamilyIndex();
    for (Group group : groups) {
      for (Family family : group.all().values()) {
        index.add(family.with(family.metrics(), family.time()));
      }
    }
    return exposed(index.all());
  }

  /** Contradictions are left out as long as there are any, and come back behind them. */
  @Test
  void exposesWhatFitsWhileFamiliesContradictEachOther() throws IOException {
    GroupStore store = new GroupStore(Clock.systemUTC(), () -> {});
    push(store, "a", "# TYPE m gauge\nm 1\n");
    push(store, "b", "# TYPE m counter\nm 2\n");
    push(store, "c", "m{l=\"1\"} 3\nm{l=\"1\"} 4\n");

    assertThat(lines(store)).containsExactly("m{instance=\"\",job=\"a\"} 1");
    push(store, "b", "# TYPE m gauge\nm 2\n");
    push(store, "c", "# TYPE m gauge\nm{l=\"1\"} 3\nm{l=\"1\"} 4\n");
    assertThat(lines(store))
        .containsExactly(
            "m{instance=\"\",job=\"a\"} 1",
            "m{instance=\"\",job=\"b\"} 2",
            "m{instance=\"\",job=\"c\",l=\"1\"} 3");
    store.delete(new TreeMap<>(Map.of("job", "c")));
    assertThat(store.families()).noneMatch(FamilyIndex.Named::mixed);
    assertThat(lines(store)).hasSize(2);
  }

  private static void push(GroupStore store, String job, String text) {
    List<Family> families = new ArrayList<>();
    try {
      TextFamilies.read(text.getBytes(StandardCharsets.UTF_8), NameScheme.LEGACY)
          .values()
          .forEach(family -> families.add(Family.of(family)));
    } catch (ExpositionException e) {
      throw new AssertionError(e);
    }
    store.push(
        new TreeMap<>(Map.of("job", job)), families, true, false, NameScheme.LEGACY, Map.of());
  }

  private static List<String> lines(GroupStore store) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Exposition.write(store.families(), new TreeMap<>(), Exposition.Form.TEXT, out);
    return out.toString(StandardCharsets.UTF_8).lines().filter(l -> l.startsWith("m")).toList();
  }

  private static List<Family> push(Random random) {
    StringBuilder text = new StringBuilder();
    List<String> names = new ArrayList<>(List.of(NAMES));
    for (int n = random.nextInt(3); n >= 0; n--) {
      String name = names.remove(random.nextInt(names.size()));
      String type = random.nextInt(4) == 0 ? TYPES[random.nextInt(4)] : "untyped";
      text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
      for (int m = random.nextInt(3); m >= 0; m--) {
        String label = random.nextInt(3) == 0 ? "{instance=\"i" + random.nextInt(2) + "\"}" : "";
        text.append(name).append(label).append(" 1\n");
      }
    }
    List<Family> families = new ArrayList<>();
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    try {
      for (MetricFamily family : TextFamilies.read(bytes, NameScheme.LEGACY).values()) {
        families.add(Family.of(family));
      }
    } catch (ExpositionException e) {
      // A histogram's line in the place of its name's own type: not what is tested here.
      return push(random);
    }
    return families;
  }

  private static String anew(
      List<Group> groups, SortedMap<String, String> labels, List<Family> push, boolean replace) {
    FamilyIndex index = new FamilyIndex();
    Map<String, Family> own = new HashMap<>();
    for (Group group : groups) {
      for (Family family : group.families().values()) {
        if (group.labels().equals(labels)) {
          own.put(family.name(), family);
        } else {
          index.add(family);
        }
      }
    }
    if (replace) {
      own.clear();
    }
    push.forEach(family -> own.remove(family.name()));
    own.values().forEach(index::add);
    FamilyIndex.Problems problems = new FamilyIndex.Problems();
    for (Family family : push) {
      List<Pushed> metrics = new ArrayList<>();
      for (Pushed metric : family.metrics()) {
        metrics.add(metric.withLabels(Group.grouped(metric.labels(), labels)));
      }
      Family grouped = family.with(metrics, family.time());
      index.check(grouped, Map.of(), NameScheme.LEGACY, problems);
      index.add(grouped);
    }
    return problems.isEmpty() ? "" : problems.text();
  }
}
