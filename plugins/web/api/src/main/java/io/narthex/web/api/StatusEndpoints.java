package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.plugin.Plugins;
import io.narthex.api.plugin.Program;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;

/** {@code status/buildinfo}, {@code status/config}, {@code status/flags} and {@code plugins}. */
final class StatusEndpoints {
  private final Program program;
  private final Plugins plugins;
  private final RunningConfiguration configuration;

  StatusEndpoints(Program program, Plugins plugins, RunningConfiguration configuration) {
    this.program = program;
    this.plugins = plugins;
    this.configuration = configuration;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/status/buildinfo", new Endpoint(this::buildInfo)),
        Route.get("/api/v1/status/config", new Endpoint(this::config)),
        Route.get("/api/v1/status/flags", new Endpoint(this::flags)),
        Route.get("/api/v1/plugins", new Endpoint(this::plugins)));
  }

  /**
   * The version is that of the Prometheus that Narthex stands in for: Grafana and others switch
   * features on by it. There is no key {@code features}, which Grafana would take for another
   * product.
   */
  private void buildInfo(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject();
    json.key("version").value(program.standsInFor());
    json.key("revision").value(program.revision());
    json.key("branch").value("narthex-" + program.version());
    json.key("buildUser").value("");
    json.key("buildDate").value("");
    json.key("goVersion").value("java" + Runtime.version().feature());
    json.endObject();
  }

  private void config(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject().key("yaml").value(configuration.yaml()).endObject();
  }

  private void flags(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.strings(new TreeMap<>(configuration.flags()));
  }

  private void plugins(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject().key("plugins").beginArray();
    for (Plugins.Status plugin : plugins.all()) {
      json.beginObject();
      json.key("id").value(plugin.id());
      json.key("version").value(plugin.version());
      json.key("state").value(plugin.state().name());
      json.key("reason").value(plugin.reason());
      json.key("description").value(plugin.description());
      json.key("provider").value(plugin.provider());
      json.key("bundled").value(plugin.bundled());
      json.key("extensions").strings(plugin.extensions());
      json.endObject();
    }
    json.endArray().endObject();
  }
}
