package io.narthex.web.api;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** The section {@code web_notifications}. */
@Extension
public final class NotificationSettingsSection implements ConfigSection<NotificationSettings> {
  private final Notifications notifications;

  /** Takes what the settings are for. */
  @Inject
  public NotificationSettingsSection(Notifications notifications) {
    this.notifications = notifications;
  }

  @Override
  public String key() {
    return "web_notifications";
  }

  @Override
  public ConfigShape<NotificationSettings> shape() {
    return ConfigShape.of(NotificationSettings.class);
  }

  @Override
  public Prepared prepare(NotificationSettings config, ConfigSnapshot snapshot) {
    return () -> notifications.settings(config);
  }
}
