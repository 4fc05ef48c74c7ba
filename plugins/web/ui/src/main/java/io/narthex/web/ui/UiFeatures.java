package io.narthex.web.ui;

import io.narthex.api.plugin.FeaturesView;
import java.util.Map;
import org.pf4j.Extension;

/**
 * Which pages there are, by Prometheus's names: those whose addresses are those of its third user
 * interface ({@code /query?g0.expr=...}). The second is not here, and {@code old-ui} does not bring
 * it.
 */
@Extension
public final class UiFeatures implements FeaturesView {
  public UiFeatures() {}

  @Override
  public Map<String, Map<String, Boolean>> features() {
    return Map.of("ui", Map.of("ui_v2", false, "ui_v3", true));
  }
}
