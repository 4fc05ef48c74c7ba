package io.narthex.kernel.boot;

import io.narthex.api.access.AccessControl;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.plugin.Extensions;
import io.narthex.kernel.web.AccessControls;
import java.util.List;
import java.util.function.Supplier;

/**
 * Whether access is controlled is up to the configuration alone: when the plugin that does it has
 * failed or is gone, the section still stands there, and nobody gets in.
 */
final class ConfiguredAccess implements AccessControls {
  /** The section that switches it on, whatever it holds. */
  private static final String SECTION = "web.access";

  private final Supplier<ConfigSnapshot> inForce;
  private final Extensions extensions;

  ConfiguredAccess(Supplier<ConfigSnapshot> inForce, Extensions extensions) {
    this.inForce = inForce;
    this.extensions = extensions;
  }

  @Override
  public boolean areWanted() {
    return inForce.get().isGiven(SECTION);
  }

  @Override
  public List<AccessControl> all() {
    return extensions.all(AccessControl.class);
  }
}
