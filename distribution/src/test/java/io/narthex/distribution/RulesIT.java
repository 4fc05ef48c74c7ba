package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rules from outside: an alert's way, a reload that fails, and what outlives a process. */
class RulesIT {
  private static final String CONFIG =
      """
      global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
      rule_files: [rules/*.yml]
      scrape_configs:
        - job_name: gone
          static_configs: [{targets: ["127.0.0.1:%d"]}]
      """;

  private static final String RULES =
      """
      groups:
        - name: g
          rules:
            - {record: "job:up:count", expr: count by (job) (up)}
            - {alert: Down, expr: up == 0, for: 2s, labels: {severity: page}}
      """;

  @TempDir private Path temporary;

  private static Launch narthex(Installation installation, Work work) {
    return installation
        .launch(
            "prometheus",
            "--config.file=p.yml",
            "--storage.tsdb.path=data",
            "--web.enable-lifecycle",
            "--rules.alert.resend-delay=10s",
            "--web.listen-address=" + work.api().address())
        .in(work.directory());
  }

  private static String state(Api api) throws IOException {
    for (JsonNode rule :
        api.data("/api/v1/rules?type=alert").path("groups").path(0).path("rules")) {
      return rule.path("state").asString();
    }
    return "";
  }

  /** {@code pending->firing}, oldest first. */
  private static List<String> changes(Api api) throws IOException {
    List<String> changes = new ArrayList<>();
    for (JsonNode change : api.data("/api/v1/alerts/history?alert[]=Down").path("changes")) {
      changes.addFirst(change.path("from").asString() + "->" + change.path("to").asString());
    }
    return changes;
  }

  @Test
  void anAlertGoesItsWayThroughReloadsAndRestarts() throws IOException {
    Installation installation = Installation.unpackInto(temporary);
    Work work = Work.in(temporary.resolve("work"));
    Api api = work.api();
    work.config("p.yml", CONFIG.formatted(Ports.free()));
    Files.createDirectories(work.directory().resolve("rules"));
    work.config("rules/a.yml", RULES);
    try (Child first = narthex(installation, work).start()) {
      api.awaitReady(first);
      first.await("a firing alert", () -> state(api), "firing"::equals);
      first.await(
          "its series",
          () -> api.query("ALERTS{alertname=\"Down\",alertstate=\"firing\",severity=\"page\"}"),
          samples -> samples.size() == 1);
      assertThat(changes(api)).containsExactly("inactive->pending", "pending->firing");
      assertThat(api.number("job:up:count", 0)).isEqualTo(1);

      work.config("rules/b.yml", "groups: [{name: b, rules: [{record: r, expr: up ==}]}]");
      Api.Answer refused = api.post("/-/reload");
      assertThat(refused.status()).isEqualTo(500);
      assertThat(refused.body())
          .contains("b.yml: 1:46: group \"b\", rule 1, \"r\": could not parse");
      work.config("rules/b.yml", "groups: [{name: b, rules: [{record: r, expr: sum(up)}]}]");
      assertThat(api.post("/-/reload").status()).isEqualTo(200);
      first.await("the new rule", () -> api.query("r"), samples -> samples.size() == 1);
      // The group that has not changed has not begun anew.
      assertThat(state(api)).isEqualTo("firing");
      assertThat(changes(api)).hasSize(2);
      first.terminate();
    }
    try (Child second = narthex(installation, work).start()) {
      api.awaitReady(second);
      assertThat(changes(api)).startsWith("inactive->pending", "pending->firing");
      second.await("a firing alert", () -> state(api), "firing"::equals);
      assertThat(changes(api)).hasSize(4);
      second.terminate();
    }
  }
}
