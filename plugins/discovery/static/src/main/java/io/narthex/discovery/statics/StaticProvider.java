package io.narthex.discovery.statics;

import io.narthex.api.config.ConfigKey;
import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.List;
import org.pf4j.Extension;

/** Brings {@code static_configs}: targets that stand in the configuration. */
@Extension
@ConfigKey("static_configs")
public final class StaticProvider implements DiscoveryProvider<StaticConfig> {
  @Override
  public String name() {
    return "static";
  }

  @Override
  public Class<StaticConfig> configType() {
    return StaticConfig.class;
  }

  /** Its discoverer sends one group and returns: nothing changes until the next configuration. */
  @Override
  public Discoverer create(StaticConfig config, DiscoveryContext context) {
    List<Labels> targets =
        config.targets().stream().map(address -> Labels.of(LabelNames.ADDRESS, address)).toList();
    TargetGroup group = new TargetGroup("0", targets, Labels.of(config.labels()));
    return sink -> sink.update(List.of(group));
  }
}
