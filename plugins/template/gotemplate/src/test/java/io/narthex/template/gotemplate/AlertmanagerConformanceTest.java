package io.narthex.template.gotemplate;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.template.TemplateAlert;
import io.narthex.api.template.TemplateAlerts;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateKv;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.TemplateOptions.MissingKey;
import io.narthex.api.template.Templates;
import io.narthex.api.template.Templates.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Expands the templates of the Alertmanager's own tests. */
class AlertmanagerConformanceTest {
  private static final String FILE = "shared/conformance/alertmanager/template_expansion.json";

  /** What the Alertmanager gives to templates. */
  record Notification(
      @Nullable TemplateKv groupLabels,
      @Nullable TemplateKv routeLabels,
      @Nullable TemplateKv commonLabels,
      TemplateAlerts alerts) {}

  private static @Nullable Path file() {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.exists(folder.resolve(FILE))) {
        return folder.resolve(FILE);
      }
    }
    return null;
  }

  @Test
  void allTemplatesOfTheAlertmanagersTestsGiveWhatTheyShould() throws IOException {
    Path file = file();
    Assumptions.assumeTrue(file != null, "no conformance cases: no file " + FILE);
    List<String> failures = new ArrayList<>();
    int cases = 0;
    for (JsonNode one : JsonMapper.shared().readTree(Files.readString(file))) {
      cases++;
      String title = one.get("title").asString();
      Kind kind = one.get("html").asBoolean() ? Kind.HTML : Kind.TEXT;
      Object data = one.has("data") ? data(one.get("data")) : null;
      String got;
      try {
        got = new Expansion(data).expand(one.get("template").asString(), kind);
      } catch (TemplateException e) {
        got = one.get("fail").asBoolean() ? "" : String.valueOf(e.getMessage());
      }
      String want = one.get("fail").asBoolean() ? "" : one.get("expected").asString();
      if (!got.equals(want)) {
        failures.add(title + ": want " + want + "; got " + got);
      }
    }
    assertThat(cases).isGreaterThan(40);
    assertThat(failures).isEmpty();
  }

  /** Expands with the function routeLabels, which the Alertmanager gives. */
  private static final class Expansion {
    private static final int DEEPEST = 10;

    private final @Nullable Object data;
    private int depth;

    Expansion(@Nullable Object data) {
      this.data = data;
    }

    String expand(String text, Kind kind) throws TemplateException {
      TemplateFunction labels =
          TemplateFunction.of("func(string) (string, error)", a -> label((String) a.getFirst()));
      TemplateOptions options =
          TemplateOptions.DEFAULT
              .withFunctionSet("alertmanager")
              .withMissingKey(MissingKey.ZERO)
              .withFunction("routeLabels", labels);
      Templates templates = new GoTemplateEngine().parse(Map.of(), options);
      return templates.expand("", text, kind, data);
    }

    private String label(@Nullable String name) throws TemplateException {
      TemplateKv all = data instanceof Notification n ? n.routeLabels() : null;
      String text = all == null ? null : all.entries().get(name);
      if (text == null) {
        return "";
      }
      if (++depth > DEEPEST) {
        throw new TemplateException("route labels refer to each other");
      }
      String expanded = expand(text, Kind.TEXT);
      depth--;
      return expanded;
    }
  }

  private static Object data(JsonNode json) {
    boolean notification =
        json.has("GroupLabels")
            || json.has("RouteLabels")
            || json.has("CommonLabels")
            || json.has("Alerts");
    if (!notification) {
      return json.isArray() ? strings(json) : plain(json);
    }
    List<TemplateAlert> alerts = new ArrayList<>();
    if (json.has("Alerts")) {
      for (JsonNode alert : json.get("Alerts")) {
        alerts.add(
            new TemplateAlert(
                alert.get("Status").asString(),
                kv(alert, "Labels"),
                null,
                TemplateAlert.NEVER,
                TemplateAlert.NEVER,
                "",
                ""));
      }
    }
    return new Notification(
        kv(json, "GroupLabels"),
        kv(json, "RouteLabels"),
        kv(json, "CommonLabels"),
        new TemplateAlerts(alerts));
  }

  private static @Nullable TemplateKv kv(JsonNode json, String name) {
    if (!json.has(name)) {
      return null;
    }
    Map<String, String> entries = new LinkedHashMap<>();
    json.get(name).forEachEntry((key, value) -> entries.put(key, value.asString()));
    return new TemplateKv(entries);
  }

  private static Object strings(JsonNode json) {
    List<String> strings = new ArrayList<>();
    json.forEach(element -> strings.add(element.asString()));
    return strings.toArray(String[]::new);
  }

  private static Map<String, Object> plain(JsonNode json) {
    Map<String, Object> map = new LinkedHashMap<>();
    json.forEachEntry(
        (key, value) -> map.put(key, value.isNumber() ? value.asLong() : value.asString()));
    return map;
  }
}
