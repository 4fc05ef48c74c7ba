package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who sees a part of the series is told nothing of the rest by the server of the tarball, and has
 * limits of their own. All that is hidden has {@code hidden} in a label.
 */
class RestrictedAccessIT {
  private static final String ADMIN = "admin-token-of-this-test";
  private static final List<String> TOKENS =
      List.of("alice-token-of-this-test", "bob-token-of-this-test");

  private static final List<String> ENDPOINTS =
      List.of(
          "query?query=up",
          "query?query=count({__name__=~\".+\"})by(team,job)",
          "query?query=up{team=~\".*\"}or%20sum(up)",
          "query?query=info(up)&stats=all&explain=true",
          "query_range?query=up&start=NOW&end=NOW&step=1&explain=true",
          "query_exemplars?query=up",
          "series?match[]=up&match[]={job=~\".+\"}",
          "labels",
          "labels?match[]=up&limit=1",
          "label/team/values",
          "label/job/values?match[]=up&limit=5",
          "search/label_values?label=job",
          "search/metric_names?include_metadata=true",
          "metadata",
          "targets?state=any",
          "targets/metadata",
          "scrape_pools",
          "rules",
          "alerts");

  @TempDir Path temporary;

  @Test
  void showsNobodyWhatIsHidden() throws IOException {
    Installation installation = Installation.unpackInto(temporary);
    Work work = Work.in(temporary.resolve("work"));
    work.config(
        "rules.yml",
        """
        groups:
          - name: all
            interval: 1s
            rules:
              - {record: "team:up", expr: up}
              - {alert: Up, expr: "up == 1", annotations: {summary: "hidden is {{ $value }}"}}
          - name: shop
            interval: 1s
            rules:
              - {alert: Shop, expr: 'up{team="shop"} == 1', labels: {team: shop}}
          - name: hidden
            interval: 1s
            rules:
              - {record: "hidden:up", expr: 'up{team="hidden"}', labels: {team: hidden}}
        """);
    Path config =
        work.config(
            "prometheus.yml",
            """
            global: {scrape_interval: 1s, query_log_file: query.log}
            rule_files: [rules.yml]
            scrape_configs:
              - job_name: shop
                authorization: {credentials: ADMIN}
                static_configs: [{targets: ["ADDRESS"], labels: {team: shop}}]
              - job_name: hidden
                authorization: {credentials: ADMIN}
                static_configs: [{targets: ["ADDRESS"], labels: {team: hidden}}]
            web:
              access:
                tokens:
                  admin: {token: ADMIN, everything: true}
                  alice:
                    token: ALICE
                    match: ['{team="shop"}']
                    limits: {max_samples: 500}
                  bob:
                    token: BOB
                    match: ['{__name__=~".+", team!="hidden", team!=""}', '{team="none"}']
            """
                .replace("ADDRESS", work.api().address())
                .replace("ADMIN", ADMIN)
                .replace("ALICE", TOKENS.get(0))
                .replace("BOB", TOKENS.get(1)));
    Api api = work.api();
    try (Child server =
        installation
            .launch(
                "prometheus",
                "--config.file=" + config,
                "--web.listen-address=" + api.address(),
                "--enable-feature=search-api,promql-experimental-functions")
            .in(work.directory())
            .start()) {
      api.awaitReady(server);
      // The last thing that comes to be of what is hidden.
      String last = "/api/v1/query?query=" + Api.encoded("count(hidden:up) + count(ALERTS) > 2");
      server.await(
          "series of both teams and of the rules",
          () -> api.getAs(ADMIN, last).json().path("data").path("result").size(),
          size -> size == 1);
      assertThat(api.get("/api/v1/query?query=up").status()).isEqualTo(401);
      for (String token : TOKENS) {
        for (String endpoint : ENDPOINTS) {
          String path =
              "/api/v1/"
                  + endpoint
                      .replace("NOW", Long.toString(System.currentTimeMillis() / 1000))
                      .replace("{", "%7B")
                      .replace("}", "%7D")
                      .replace("\"", "%22")
                      .replace("[", "%5B")
                      .replace("]", "%5D");
          Api.Answer answer = api.getAs(token, path);
          assertThat(answer.status()).as(endpoint + ": " + answer.body()).isEqualTo(200);
          assertThat(answer.body()).as(endpoint).contains("success").doesNotContain("hidden");
        }
        assertThat(api.getAs(token, "/federate?match%5B%5D=up").body())
            .contains("team=\"shop\"")
            .doesNotContain("hidden");
        assertThat(api.getAs(token, "/api/v1/rules").body()).contains("\"Shop\"");
        assertThat(api.getAs(token, "/api/v1/alerts").body()).contains("\"Up\"", "\"Shop\"");
        assertThat(api.getAs(token, "/api/v1/targets").body()).contains("\"team\":\"shop\"");
        assertThat(api.getAs(token, "/api/v1/metadata").body()).contains("gauge");
        for (String path : List.of("status/config", "status/tsdb", "plugins", "alertmanagers")) {
          assertThat(api.getAs(token, "/api/v1/" + path).status()).as(path).isEqualTo(403);
        }
        assertThat(api.getAs(token, "/metrics").status()).isEqualTo(403);
      }
      // The same calls do tell of it.
      assertThat(api.getAs(ADMIN, "/api/v1/query?query=up").body()).contains("hidden");
      Api.Answer large =
          api.getAs(TOKENS.get(0), "/api/v1/query?query=" + Api.encoded("{__name__=~\".+\"}[1m]"));
      assertThat(large.status()).isEqualTo(422);
      assertThat(large.body()).contains("the limit of user \\\"alice\\\" is 500");
      assertThat(Files.readString(work.directory().resolve("query.log")))
          .contains("\"user\":\"alice\"}", "\"user\":\"bob\"}");
    }
  }
}
