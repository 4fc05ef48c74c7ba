package io.narthex.web.access;

import io.narthex.api.access.AccessControl;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Locale;
import org.pf4j.Extension;

/** Decides by what the section {@code web.access} says. */
@Extension
public final class ConfiguredControl implements AccessControl {
  private final Counter decisions;
  private volatile Rules rules = Rules.NOBODY;

  /** Made by the kernel. */
  @Inject
  public ConfiguredControl(PrometheusRegistry registry) {
    decisions =
        Counter.builder()
            .name("narthex_web_access_decisions_total")
            .help("Number of requests by what they were decided by and by the outcome.")
            .labelNames("by", "outcome")
            .register(registry);
    for (String by : List.of("token", "user", "anybody")) {
      for (String outcome : List.of("granted", by.equals("user") ? "denied" : "unknown")) {
        decisions.initLabelValues(by, outcome);
      }
    }
  }

  /** Puts others into force. */
  void rules(Rules next) {
    rules = next;
  }

  @Override
  public Decision ofToken(String token) {
    return counted("token", rules.ofToken(token));
  }

  @Override
  public Decision ofUser(String name) {
    return counted("user", rules.ofUser(name));
  }

  @Override
  public Decision ofAnybody() {
    return counted("anybody", rules.ofAnybody());
  }

  private Decision counted(String by, Decision decision) {
    decisions.labelValues(by, decision.getClass().getSimpleName().toLowerCase(Locale.ROOT)).inc();
    return decision;
  }
}
