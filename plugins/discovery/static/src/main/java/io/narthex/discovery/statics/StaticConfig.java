package io.narthex.discovery.statics;

import io.narthex.api.config.Help;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Quoting;
import java.util.List;
import java.util.Map;

/**
 * One item of {@code static_configs}.
 *
 * @param targets {@code host:port} of each target
 * @param labels labels of all of them
 */
record StaticConfig(
    @Help("The targets, as host:port.") List<String> targets,
    @Help("Labels of all these targets.") Map<String, String> labels) {
  StaticConfig {
    targets = List.copyOf(targets);
    labels = Map.copyOf(labels);
    for (String name : labels.keySet()) {
      if (!LabelNames.isValid(name)) {
        throw new IllegalArgumentException(Quoting.quote(name) + " is not a valid label name");
      }
    }
  }
}
