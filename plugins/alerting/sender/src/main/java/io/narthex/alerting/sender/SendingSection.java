package io.narthex.alerting.sender;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** The section {@code alert_sending}. */
@Extension
public final class SendingSection implements ConfigSection<SendingConfig> {
  private final AlertSender sender;

  @Inject
  public SendingSection(AlertSender sender) {
    this.sender = sender;
  }

  @Override
  public String key() {
    return "alert_sending";
  }

  @Override
  public ConfigShape<SendingConfig> shape() {
    return ConfigShape.of(SendingConfig.class);
  }

  /** Before the Alertmanagers, whose queues are made by it. */
  @Override
  public int order() {
    return -10;
  }

  @Override
  public Prepared prepare(SendingConfig config, ConfigSnapshot snapshot) {
    return () -> sender.settings(config);
  }
}
