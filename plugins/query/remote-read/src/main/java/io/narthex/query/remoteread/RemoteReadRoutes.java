package io.narthex.query.remoteread;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.config.Defaults;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.web.Operation;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Set;
import org.pf4j.Extension;

/** The endpoint that answers remote read. */
@Extension
public final class RemoteReadRoutes implements Routes {
  private final RemoteRead reader;

  /** Takes what the endpoint works with. */
  @Inject
  public RemoteReadRoutes(
      Current<Storage> storage,
      RunningConfiguration configuration,
      PrometheusRegistry registry,
      QueryTurns turns) {
    reader =
        new RemoteRead(
            storage,
            () -> configuration.snapshot().global().externalLabels(),
            new ReadMetrics(registry),
            // A quarter of the heap, and one largest request in any case.
            new MemoryBudget(
                Math.max(
                    Runtime.getRuntime().maxMemory() / 4,
                    2L * (RequestBody.MAX_PACKED + RequestBody.MAX_UNPACKED))),
            turns,
            Defaults.of(ReadSettings.class));
  }

  /** Called when the configuration was read. */
  void settings(ReadSettings settings) {
    reader.settings(settings);
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(Set.of("POST"), "/api/v1/read", reader::handle, RequestBody.MAX_PACKED)
            .audience(Route.Audience.FILTERED)
            .describedBy(
                Operation.of("remote", "Give what is stored")
                    .describedBy(
                        "Remote read: prometheus.ReadRequest, packed by Snappy; answered with"
                            + " prometheus.ReadResponse, packed by Snappy, or a stream of"
                            + " prometheus.ChunkedReadResponse, as the request wishes.")
                    .takes(RemoteRead.SAMPLES)
                    .answers(
                        Operation.Answer.of(200, "Samples or chunks", RemoteRead.SAMPLES),
                        Operation.Answer.of(200, "Samples or chunks", RemoteRead.CHUNKS),
                        Operation.Answer.of(0, "An error, as text", "text/plain"))));
  }
}
