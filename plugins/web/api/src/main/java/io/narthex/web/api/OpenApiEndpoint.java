package io.narthex.web.api;

import io.narthex.api.plugin.Program;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebHost;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.util.List;

/** {@code openapi.yaml}: the routes below {@code /api/v1} of all plugins, as they are now. */
final class OpenApiEndpoint {
  private final WebHost host;
  private final Program program;

  OpenApiEndpoint(WebHost host, Program program) {
    this.host = host;
    this.program = program;
  }

  List<Route> routes() {
    return List.of(Route.get("/api/v1/openapi.yaml", this::document).audience(Route.Audience.ALL));
  }

  private void document(WebRequest request, WebResponse response) throws IOException {
    List<String> wanted = request.queryParameters().getOrDefault("openapi_version", List.of());
    OpenApiDocument.Version version =
        !wanted.isEmpty() && (wanted.getFirst().equals("3.2") || wanted.getFirst().equals("3.2.0"))
            ? OpenApiDocument.Version.V3_2
            : OpenApiDocument.Version.V3_1;
    response.header("Cache-Control", "no-cache, no-store, must-revalidate");
    response.send(
        "application/yaml; charset=utf-8",
        YamlText.of(
            OpenApiDocument.of(
                version, host.routes(), host.externalUrl().toString(), program.standsInFor())));
  }
}
