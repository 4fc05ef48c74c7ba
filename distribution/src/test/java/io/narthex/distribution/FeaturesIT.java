package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code /api/v1/features} of the tarball knows what Prometheus 3.14 knows. */
class FeaturesIT {
  /** How Go holds labels. */
  private static final Set<String> OF_GO = Set.of("prometheus.stringlabels");

  @TempDir private Path temporary;

  private static JsonNode expected() throws Exception {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared/conformance/api/features.json");
      if (Files.isRegularFile(found)) {
        return JsonMapper.shared().readTree(Files.readString(found));
      }
    }
    System.out.println("SKIPPED: no shared/conformance/api above " + Path.of("").toAbsolutePath());
    assumeTrue(false, "no shared/conformance/api");
    throw new AssertionError();
  }

  @Test
  void knowsTheFeaturesThatPrometheusKnows() throws Exception {
    JsonNode expected = expected();
    Installation installation = Installation.unpackInto(temporary);
    Work work = Work.in(temporary.resolve("work"));
    try (AppTarget target = new AppTarget();
        Child prometheus = target.scrapedBy(installation, work)) {
      JsonNode data = work.api().get("/api/v1/features").json().path("data");
      Set<String> missing = new TreeSet<>();
      for (Map.Entry<String, JsonNode> group : expected.properties()) {
        if (group.getKey().equals("service_discovery_providers")) {
          // Mechanisms of clouds, which no plugin brings.
          continue;
        }
        for (String name : group.getValue().propertyNames()) {
          String feature = group.getKey() + "." + name;
          if (!data.path(group.getKey()).has(name) && !OF_GO.contains(feature)) {
            missing.add(feature);
          }
        }
      }
      assertThat(missing).isEmpty();
      for (String group : Set.of("rules", "templating_functions", "ui")) {
        assertThat(data.path(group)).as(group).isEqualTo(expected.path(group));
      }
      assertThat(prometheus.isAlive()).isTrue();
    }
  }
}
