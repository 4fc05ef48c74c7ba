package io.narthex.kernel.config;

import io.narthex.api.config.Configured;
import io.narthex.api.config.Help;
import io.narthex.api.config.ProviderKeys;
import io.narthex.api.query.QueryEngineProvider;
import java.util.List;
import java.util.Optional;

/**
 * The {@code query} section.
 *
 * @param engine name of the engine that is used; the kernel fills in the one that is used when
 *     nothing is said, empty when there is none
 * @param engines configurations of engines, the selected one always among them
 */
public record QueryConfig(
    @Help("Query engine to use; promql when such a plugin is loaded, else the first one.")
        String engine,
    @ProviderKeys(QueryEngineProvider.class) List<Configured<QueryEngineProvider<?>>> engines) {
  public QueryConfig {
    engines = List.copyOf(engines);
  }

  /** The engine that is used. */
  public Optional<Configured<QueryEngineProvider<?>>> selected() {
    return engines.stream().filter(e -> e.provider().name().equals(engine)).findFirst();
  }
}
