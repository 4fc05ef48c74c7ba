package io.narthex.api.alert;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * An alert as it travels from a rule to an Alertmanager.
 *
 * @param labels identify it; {@code alertname} among them
 * @param annotations free text by name, which may be empty; in the order of names
 * @param startsAt when it began to fire
 * @param endsAt when it was resolved, or will be taken as resolved unless sent again
 * @param generatorUrl what caused it, may be empty
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record Alert(
    Labels labels,
    Map<String, String> annotations,
    Instant startsAt,
    Instant endsAt,
    String generatorUrl) {
  public Alert {
    Objects.requireNonNull(labels);
    annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
    Objects.requireNonNull(startsAt);
    Objects.requireNonNull(endsAt);
    Objects.requireNonNull(generatorUrl);
  }

  /** Whether it is over at {@code now}. */
  public boolean isResolvedAt(Instant now) {
    return !endsAt.isAfter(now);
  }
}
