package io.narthex.kernel.web;

import io.narthex.api.plugin.Calls;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Where the metrics of the process's own {@code /metrics} come from: the kernel's registry, and one
 * for each plugin. Safe for any number of threads.
 */
public final class MetricSources {
  private final List<Source> sources = new CopyOnWriteArrayList<>();

  /**
   * A named source.
   *
   * @param calls those that run
   */
  record Source(String name, MultiCollector collector, Calls calls) {}

  /** A source's place; closing it takes the source away. May be closed twice. */
  public interface Registration extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Adds a registry.
   *
   * @param name in messages: a plugin's id
   */
  public Registration add(String name, PrometheusRegistry registry) {
    return add(name, (MultiCollector) registry::scrape);
  }

  /**
   * Adds a collector. It is asked on threads that are its own, by several scrapes at once, and
   * given up after some seconds; it is not asked again until a call that was given up has ended.
   *
   * @param name in messages
   */
  public Registration add(String name, MultiCollector collector) {
    Source source = new Source(name, collector, new Calls());
    sources.add(source);
    return () -> sources.remove(source);
  }

  /** All sources in the order in which they were added. */
  List<Source> all() {
    return List.copyOf(sources);
  }
}
