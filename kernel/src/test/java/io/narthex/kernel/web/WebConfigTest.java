package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Flag;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WebConfigTest {
  @Test
  void hasPrometheusFlagsAndDefaults() {
    assertThat(Defaults.of(WebConfig.class))
        .isEqualTo(
            new WebConfig(
                List.of(),
                "",
                Duration.ofMinutes(5),
                512,
                "",
                "",
                false,
                false,
                ".*",
                "Narthex",
                Duration.ofSeconds(30)));
    Map<String, String> flags = new TreeMap<>();
    for (RecordComponent component : WebConfig.class.getRecordComponents()) {
      Flag flag = component.getAnnotation(Flag.class);
      if (flag != null) {
        flags.put(flag.value(), component.getName());
      }
    }
    assertThat(flags.keySet())
        .containsExactly(
            "web.config.file",
            "web.cors.origin",
            "web.enable-admin-api",
            "web.enable-lifecycle",
            "web.external-url",
            "web.listen-address",
            "web.max-connections",
            "web.page-title",
            "web.read-timeout",
            "web.route-prefix");
  }

  @Test
  void refusesBadValues() {
    Map<Map<String, ?>, String> bad =
        Map.of(
            Map.of("readTimeout", Duration.ZERO), "read timeout out of range",
            Map.of("maxConnections", 0), "max connections out of range",
            Map.of("corsOrigin", "("), "could not compile CORS regex string \"(\"",
            Map.of("listenAddress", List.of("9090")), "missing port in address",
            Map.of("listenAddress", List.of("::1:9090")), "too many colons in address",
            Map.of("listenAddress", List.of(":99999")), "invalid port");
    bad.forEach((values, message) ->
        assertThatThrownBy(() -> Defaults.with(WebConfig.class, values))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(message));
  }

  @Test
  void readsListenAddresses() {
    assertThat(ListenAddress.parse(":9090")).isEqualTo(new ListenAddress("", 9090));
    assertThat(ListenAddress.parse("[::1]:0")).isEqualTo(new ListenAddress("::1", 0));
    assertThat(ListenAddress.parse("host:1")).hasToString("host:1");
    assertThat(ListenAddress.parse("[::1]:2")).hasToString("[::1]:2");
  }

  @Test
  void makesTheExternalUrl() throws Exception {
    Map<String, String> urls =
        Map.of(
            "http://h:1/a/", "http://h:1/a",
            "https://h", "https://h",
            "/a/b/", "/a/b",
            "a", "/a");
    for (Map.Entry<String, String> url : urls.entrySet()) {
      assertThat(WebServer.externalUrl(url.getKey(), 1, false)).hasToString(url.getValue());
    }
    assertThat(WebServer.externalUrl("", 9090, false).toString())
        .startsWith("http://")
        .endsWith(":9090");
    assertThatThrownBy(() -> WebServer.externalUrl("\"http://h\"", 1, false))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("URL must not begin or end with quotes");
    assertThatThrownBy(() -> WebServer.externalUrl("http://[", 1, false))
        .isInstanceOf(ConfigException.class);
  }
}
