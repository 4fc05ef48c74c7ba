package io.narthex.alerting.sender;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.narthex.alerting.sender.aws.SigV4Config;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Default;
import io.narthex.api.config.EmptyItem;
import io.narthex.api.config.ProviderKeys;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.relabel.RelabelConfig;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One item of {@code alerting.alertmanagers}. Source: Prometheus 3.14, configuration reference.
 *
 * @param http how they are reached
 * @param sigv4 how requests are signed for Amazon's services; null for not
 * @param scheme {@code http} or {@code https}
 * @param pathPrefix in front of {@code /api/v2/alerts}
 * @param timeout of one request; more than 0
 * @param apiVersion of the Alertmanagers; {@code v2} is the only one
 * @param relabelConfigs for the Alertmanagers that were discovered
 * @param alertRelabelConfigs for the alerts that these Alertmanagers get
 * @param discovery where they come from
 */
@EmptyItem("empty or null Alertmanager config section")
record AlertmanagerConfig(
    @JsonUnwrapped HttpClientConfig http,
    @Nullable SigV4Config sigv4,
    @Default("http") String scheme,
    String pathPrefix,
    @Default("10s") Duration timeout,
    @Default("v2") String apiVersion,
    @EmptyItem("empty or null Alertmanager target relabeling rule")
        List<RelabelConfig> relabelConfigs,
    @EmptyItem("empty or null Alertmanager alert relabeling rule")
        List<RelabelConfig> alertRelabelConfigs,
    @ProviderKeys(value = DiscoveryProvider.class, suffix = "_sd_configs", list = true)
        List<Configured<DiscoveryProvider<?>>> discovery) {
  AlertmanagerConfig {
    if (!apiVersion.equals("v2")) {
      throw new IllegalArgumentException(
          "expected Alertmanager api version to be one of [v2] but got " + apiVersion);
    }
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException(
          "cannot use timeout: got " + timeout + ", want more than 0");
    }
    if (sigv4 != null
        && (http.basicAuth() != null || http.authorization() != null || http.oauth2() != null)) {
      throw new IllegalArgumentException(
          "at most one of basic_auth, authorization, oauth2, & sigv4 must be configured");
    }
    relabelConfigs = List.copyOf(relabelConfigs);
    alertRelabelConfigs = List.copyOf(alertRelabelConfigs);
    discovery = List.copyOf(discovery);
  }
}
