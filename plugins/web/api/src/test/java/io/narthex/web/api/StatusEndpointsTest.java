package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.plugin.Plugins;
import io.narthex.api.web.FakeResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusEndpointsTest {
  private final Api api = new Api();

  /** Grafana takes a server with the key {@code features} for another product. */
  @Test
  void saysWhichPrometheusItStandsInFor() throws Exception {
    assertThat(api.data("status/buildinfo"))
        .isEqualTo(
            "{\"version\":\"3.14.0\",\"revision\":\"abc\",\"branch\":\"narthex-0.1.0\","
                + "\"buildUser\":\"\",\"buildDate\":\"\",\"goVersion\":\"java"
                + Runtime.version().feature()
                + "\"}");
  }

  @Test
  void saysItsVersionOutsideOfTheApiToo() throws Exception {
    FakeResponse version = api.call("/version");

    assertThat(version.text()).isEqualTo(api.data("status/buildinfo") + "\n");
    assertThat(version.headers()).containsEntry("Content-Type", "text/plain; charset=utf-8");
  }

  @Test
  void tellsOfTheProcess() throws Exception {
    api.storage.retention = "15d or 1GiB";
    api.storage.corruptions = 2;

    String info = api.data("status/runtimeinfo");

    assertThat(info)
        .startsWith("{\"startTime\":\"1970-01-01T00:00:00Z\",\"CWD\":\"/")
        .contains(
            "\"serverTime\":\"1970-01-01T00:01:40.5Z\",\"reloadConfigSuccess\":true,"
                + "\"lastConfigTime\":\"1970-01-01T00:00:00Z\",\"corruptionCount\":2,"
                + "\"goroutineCount\":")
        .contains("\"GOMAXPROCS\":" + Runtime.getRuntime().availableProcessors() + ",")
        .contains("\"GOMEMLIMIT\":" + Runtime.getRuntime().maxMemory() + ",")
        .endsWith("\"GOGC\":\"\",\"GODEBUG\":\"\",\"storageRetention\":\"15d or 1GiB\"}");
    assertThat(info).matches(".*\"hostname\":\"[^\"]+\",.*");
  }

  @Test
  void tellsOfTheProcessBeforeThereIsAStorage() throws Exception {
    api.storageIsThere = false;

    assertThat(api.data("status/runtimeinfo"))
        .contains("\"corruptionCount\":0,")
        .endsWith("\"storageRetention\":\"\"}");
  }

  @Test
  void showsTheConfiguration() throws Exception {
    api.yaml = "global:\n  scrape_interval: 1m\n";

    assertThat(api.data("status/config"))
        .isEqualTo("{\"yaml\":\"global:\\n  scrape_interval: 1m\\n\"}");
  }

  @Test
  void listsFlagsInOrder() throws Exception {
    api.flags.put("web.listen-address", "0.0.0.0:9090");
    api.flags.put("query.timeout", "2m");

    assertThat(api.data("status/flags"))
        .isEqualTo("{\"query.timeout\":\"2m\",\"web.listen-address\":\"0.0.0.0:9090\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "'','',/",
    "p,'',/p",
    "/p/q/,http://h/x,/p/q",
    "'',http://h:1/x/y/,/x/y",
    "'',http://h,/",
    "/,http://h/x,/"
  })
  void showsTheRoutePrefixThatHolds(String given, String externalUrl, String shown)
      throws Exception {
    api.flags.put("web.route-prefix", given);
    api.flags.put("web.external-url", externalUrl);

    assertThat(api.data("status/flags")).endsWith("\"web.route-prefix\":\"" + shown + "\"}");
  }

  @Test
  void listsPlugins() throws Exception {
    api.plugins.add(
        new Plugins.Status(
            "hello",
            "1.0",
            Plugins.State.FAILED,
            "threw \"x\"",
            "Says hello.",
            "Someone",
            "/somewhere/hello.jar",
            false,
            List.of("a.B", "a.C")));

    assertThat(api.data("plugins"))
        .isEqualTo(
            """
            {"plugins":[{"id":"hello","version":"1.0","state":"FAILED","reason":"threw \\"x\\"",\
            "description":"Says hello.","provider":"Someone","bundled":false,\
            "extensions":["a.B","a.C"]}]}\
            """);
  }

  @Test
  void hasNoPlugins() throws Exception {
    assertThat(api.data("plugins")).isEqualTo("{\"plugins\":[]}");
  }
}
