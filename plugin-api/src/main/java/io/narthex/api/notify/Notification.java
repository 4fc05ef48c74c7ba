package io.narthex.api.notify;

import io.narthex.api.Api;
import io.narthex.api.alert.Alert;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One grouped notification.
 *
 * @param groupKey identifies the group for as long as its route is the same; use it to update what
 *     was sent before
 * @param groupLabels the labels that the group is made by
 * @param routeLabels labels of the route
 * @param alerts firing and resolved ones
 * @param truncated how many more alerts there are than are given
 * @param externalUrl where the Alertmanager is reached
 * @param at now
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record Notification(
    String groupKey,
    Map<String, String> groupLabels,
    Map<String, String> routeLabels,
    List<Alert> alerts,
    int truncated,
    URI externalUrl,
    Instant at) {
  public Notification {
    Objects.requireNonNull(groupKey);
    groupLabels = Map.copyOf(groupLabels);
    routeLabels = Map.copyOf(routeLabels);
    alerts = List.copyOf(alerts);
    Objects.requireNonNull(externalUrl);
    Objects.requireNonNull(at);
  }
}
