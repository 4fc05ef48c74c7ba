package io.narthex.ingest.otlp;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Durations;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.Operation;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.pf4j.Extension;

/** The endpoint that takes OTLP. */
@Extension
public final class OtlpRoutes implements Routes {
  private static final Duration LOOKBACK = Duration.ofMinutes(5);

  private final OtlpReceiver receiver;
  private final RunningConfiguration configuration;
  private final boolean contradicts;

  /** Takes what the endpoint works with. */
  @Inject
  public OtlpRoutes(
      Current<Storage> storage,
      Features features,
      RunningConfiguration configuration,
      PrometheusRegistry registry,
      Clock clock) {
    this.configuration = configuration;
    contradicts =
        features.enabled(OtlpReceiver.CONVERTS_DELTA) && features.enabled(OtlpReceiver.TAKES_DELTA);
    receiver =
        new OtlpReceiver(
            storage,
            features,
            clock,
            new OtlpMetrics(registry),
            OtlpReceiver.workspaces(new SecureRandom()),
            this::lookbackMillis,
            Defaults.of(OtlpConfig.class));
  }

  private long lookbackMillis() {
    String given = configuration.flags().getOrDefault("query.lookback-delta", "");
    try {
      return (given.isEmpty() ? LOOKBACK : Durations.parse(given)).toMillis();
    } catch (IllegalArgumentException e) {
      return LOOKBACK.toMillis();
    }
  }

  /** Refuses features that contradict each other. */
  void check() throws ConfigException {
    if (contradicts) {
      throw new ConfigException(
          "cannot enable "
              + OtlpReceiver.CONVERTS_DELTA
              + " and "
              + OtlpReceiver.TAKES_DELTA
              + " features at the same time");
    }
  }

  /** Called when the configuration was read. */
  void settings(OtlpReceiverSettings settings) {
    receiver.settings(settings);
  }

  /** Called when the configuration was read. */
  void translation(OtlpConfig config) {
    receiver.translation(config);
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(
                Set.of("POST"), "/api/v1/otlp/v1/metrics", receiver::handle, OtlpReceiver.MAX_BODY)
            .describedBy(
                Operation.of("otlp", "Take metrics of OpenTelemetry")
                    .describedBy(
                        "OTLP over HTTP: ExportMetricsServiceRequest, packed with gzip or not."
                            + " Needs --web.enable-otlp-receiver.")
                    .takes(OtlpReceiver.PROTOBUF, OtlpReceiver.JSON)
                    .answers(
                        Operation.Answer.empty(200, "Everything is stored"),
                        Operation.Answer.of(0, "An error, as text", "text/plain"))));
  }
}
