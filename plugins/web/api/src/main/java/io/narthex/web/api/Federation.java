package io.narthex.web.api;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.config.Durations;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.Handler;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /federate}: the latest samples of chosen series, for another server to scrape. Source:
 * Prometheus 3.14, {@code web/federate.go}.
 */
final class Federation implements Handler {
  private static final Logger log = LoggerFactory.getLogger(Federation.class);
  private static final String LOOKBACK_FLAG = "query.lookback-delta";
  private static final Duration LOOKBACK = Duration.ofMinutes(5);

  private final Current<QueryEngine> engine;
  private final SeenStorage storage;
  private final RunningConfiguration configuration;
  private final Clock clock;
  private final Counter errors;
  private final Counter warnings;

  Federation(
      Current<QueryEngine> engine,
      SeenStorage storage,
      RunningConfiguration configuration,
      PrometheusRegistry registry,
      Clock clock) {
    this.engine = engine;
    this.storage = storage;
    this.configuration = configuration;
    this.clock = clock;
    this.errors =
        Counter.builder()
            .name("prometheus_web_federation_errors_total")
            .help("Total number of errors that occurred while sending federation responses.")
            .register(registry);
    this.warnings =
        Counter.builder()
            .name("prometheus_web_federation_warnings_total")
            .help("Total number of warnings that occurred while sending federation responses.")
            .register(registry);
  }

  List<Route> routes() {
    return List.of(Route.get("/federate", this));
  }

  @Override
  public void handle(WebRequest request, WebResponse response) throws IOException {
    FederationFormat format = FederationFormat.negotiate(request.header("Accept").orElse(""));
    DeferredBody out = new DeferredBody(response, format.contentType());
    try {
      List<List<Matcher>> matchers = matchers(Parameters.of(request).all("match[]"));
      try (QueryTurns.Turn turn = storage.turn(request)) {
        write(storage.of(request), matchers, turn, format.writer(out));
      }
    } catch (ApiException e) {
      if (e.type() == ApiException.Type.TOO_MANY_QUERIES) {
        response.header("Retry-After", Endpoint.RETRY_SECONDS);
      }
      plain(response, status(e.type()), e.getMessage());
      return;
    } catch (QueryTurns.TooMuchReadException e) {
      if (out.isOpen()) {
        throw new IOException("answer broken off: " + e.getMessage(), e);
      }
      plain(response, 422, String.valueOf(e.getMessage()));
      return;
    } catch (StorageException e) {
      errors.inc();
      log.warn("federation failed err={}", e.getMessage());
      if (out.isOpen()) {
        throw new IOException("answer broken off: " + e.getMessage(), e);
      }
      boolean notReady = e.kind() == StorageException.Kind.NOT_READY;
      plain(response, notReady ? 503 : 500, String.valueOf(e.getMessage()));
      return;
    }
    out.finish();
  }

  private static int status(ApiException.Type type) {
    return switch (type) {
      case BAD_DATA -> 400;
      case TOO_MANY_QUERIES -> 429;
      default -> 503;
    };
  }

  /** As net/http answers an error. */
  private static void plain(WebResponse response, int status, String message) throws IOException {
    response
        .status(status)
        .header("X-Content-Type-Options", "nosniff")
        .send("text/plain; charset=utf-8", message + "\n");
  }

  private Duration lookback() {
    String given = configuration.flags().getOrDefault(LOOKBACK_FLAG, "");
    try {
      return given.isEmpty() ? LOOKBACK : Durations.parse(given);
    } catch (IllegalArgumentException e) {
      return LOOKBACK;
    }
  }

  private List<List<Matcher>> matchers(List<String> selectors) throws ApiException {
    List<List<Matcher>> matchers = new ArrayList<>();
    for (String selector : selectors) {
      try {
        matchers.add(ApiException.needed(engine).parseSelector(selector));
      } catch (QueryException e) {
        throw ApiException.badData(String.valueOf(e.getMessage()));
      }
    }
    return matchers;
  }

  private void write(
      Storage seen, List<List<Matcher>> matchers, QueryTurns.Turn turn, FamilyWriter writer)
      throws IOException, StorageException, QueryTurns.TooMuchReadException {
    long now = clock.millis();
    // Closed at both ends, other than the range of a query.
    long from = now - lookback().toMillis();
    List<NamedSeries> sets = new ArrayList<>();
    try (Querier querier = seen.querier(from, now)) {
      try {
        for (List<Matcher> set : matchers) {
          if (set.isEmpty()) {
            continue; // {} selects nothing, as in Prometheus.
          }
          SelectRequest request = SelectRequest.range(from, now).latestOnly();
          sets.add(new NamedSeries(querier.select(request, set)));
        }
        new FederationAnswer(sets, external(), now, turn, writer).write();
        for (NamedSeries set : sets) {
          warnings.inc(set.warnings());
        }
      } finally {
        sets.forEach(NamedSeries::close);
      }
    }
  }

  /** Labels that are added where a series has none, by name. */
  private Map<String, String> external() {
    Map<String, String> labels = new TreeMap<>(Labels::compareCodePoints);
    // Where a series has no such label, the scraper's own would be put in, even with honor_labels.
    labels.put(LabelNames.INSTANCE, "");
    labels.putAll(configuration.snapshot().global().externalLabels());
    return labels;
  }
}
