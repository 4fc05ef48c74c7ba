package io.narthex.api.exporter;

import io.narthex.api.Api;
import io.narthex.api.Provider;
import io.narthex.api.config.Configured;
import io.prometheus.metrics.model.registry.MultiCollector;

/**
 * Brings an exporter, configured under {@code exporters.<name>}; an exporter that is not named
 * there does not run. Its metrics are served at {@code /exporters/<name>/metrics}.
 *
 * <p>The collector is asked on a thread of its own with a deadline, possibly several times at once;
 * while a call that was given up has not ended, it is not asked again. When it is {@link
 * AutoCloseable}, it is closed when the exporter is no longer configured or its plugin is stopped.
 * It may throw: the scrape then fails, nothing else does.
 *
 * @param <C> its configuration
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface ExporterProvider<C> extends Provider<C> {
  /** Makes the collector. */
  MultiCollector create(C config, ExporterContext context);

  /** Makes the collector of a bound configuration. */
  static MultiCollector create(
      Configured<? extends ExporterProvider<?>> configured, ExporterContext context) {
    return create(configured.provider(), configured.config(), context);
  }

  private static <C> MultiCollector create(
      ExporterProvider<C> provider, Object config, ExporterContext context) {
    return provider.create(provider.configType().cast(config), context);
  }
}
