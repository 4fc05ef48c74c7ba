package io.narthex.ingest.remotewrite;

import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.web.Operation;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.pf4j.Extension;

/** The endpoint that takes remote write. */
@Extension
public final class RemoteWriteRoutes implements Routes {
  private final Receiver receiver;

  /** Takes what the endpoint works with. */
  @Inject
  public RemoteWriteRoutes(
      Current<Storage> storage, Features features, PrometheusRegistry registry, Clock clock) {
    // A quarter of the heap, and one largest request in any case.
    long budget =
        Math.max(
            Runtime.getRuntime().maxMemory() / 4,
            2L * (SnappyBlock.MAX_PACKED + SnappyBlock.MAX_UNPACKED));
    int kept = 2 * Runtime.getRuntime().availableProcessors();
    receiver =
        new Receiver(
            storage,
            features,
            clock,
            new ReceiverMetrics(registry),
            new SecureRandom(),
            new MemoryBudget(budget),
            kept,
            new ReceiverSettings(false, List.of()));
  }

  /** Called when the configuration was read. */
  void settings(ReceiverSettings settings) {
    receiver.settings(settings);
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(Set.of("POST"), "/api/v1/write", receiver::handle, SnappyBlock.MAX_PACKED)
            .describedBy(
                Operation.of("remote", "Take samples of other servers")
                    .describedBy(
                        "Remote write, packed by Snappy: "
                            + MessageVersion.ONE
                            + ", or "
                            + MessageVersion.TWO
                            + " where the parameter proto of the media type says so. Needs"
                            + " --web.enable-remote-write-receiver.")
                    .takes(MessageVersion.CONTENT_TYPE)
                    .answers(
                        Operation.Answer.empty(204, "Everything is stored"),
                        Operation.Answer.of(0, "An error, as text", "text/plain"))));
  }
}
