package io.narthex.alerting.sender;

import io.narthex.api.config.EmptyItem;
import io.narthex.api.relabel.RelabelConfig;
import java.util.List;

/**
 * The section {@code alerting}.
 *
 * @param alertRelabelConfigs for all alerts, after the external labels have been added
 * @param alertmanagers who gets them
 */
record AlertingConfig(
    @EmptyItem("empty or null alert relabeling rule") List<RelabelConfig> alertRelabelConfigs,
    List<AlertmanagerConfig> alertmanagers) {
  AlertingConfig {
    alertRelabelConfigs = List.copyOf(alertRelabelConfigs);
    alertmanagers = List.copyOf(alertmanagers);
  }
}
