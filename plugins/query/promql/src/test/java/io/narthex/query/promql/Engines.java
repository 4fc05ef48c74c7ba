package io.narthex.query.promql;

import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.FakeExtensions;
import io.narthex.api.query.FunctionProvider;
import io.narthex.query.promql.exec.Evaluator;
import io.narthex.query.promql.function.Functions;
import io.narthex.query.promql.parse.ParserOptions;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.StandardFunctions;
import io.narthex.query.promql.script.ScriptRunner;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.Set;

/** Makes engines for tests. */
final class Engines {
  private Engines() {}

  /** As the conformance scripts want it. */
  static PromqlEngine conforming() {
    return (PromqlEngine) ScriptEngines.make(new FakeExtensions()).engine();
  }

  /** Runs scripts on an engine as they want it. */
  static ScriptRunner scripts() {
    ScriptEngines.Pair made = ScriptEngines.make(new FakeExtensions());
    return new ScriptRunner(made.engine(), made.parser());
  }

  /** As it is by default. */
  static PromqlEngine standard() {
    return withFunctions();
  }

  static PromqlEngine withFunctions(FunctionProvider... functions) {
    return engine(
        new PromqlConfig(Duration.ofMinutes(5), Duration.ofMinutes(2), 20, 50_000_000),
        Set.of(),
        functions);
  }

  /** With the functions that are loaded at each time. */
  static PromqlEngine withLoaded(Extensions functions) {
    return engine(
        new PromqlConfig(Duration.ofMinutes(5), Duration.ofMinutes(2), 20, 50_000_000),
        Set.of(),
        functions,
        Observation.of(metrics()),
        2);
  }

  static PromqlEngine engine(
      PromqlConfig config, Set<String> features, FunctionProvider... functions) {
    return engine(
        config, features, new FakeExtensions((Object[]) functions), Observation.of(metrics()), 2);
  }

  /** One that is watched. */
  static PromqlEngine engine(PromqlConfig config, Set<String> features, Observation observation) {
    return engine(config, features, new FakeExtensions(), observation, 2);
  }

  /** One with so many threads, as it is by default otherwise. */
  static PromqlEngine withThreads(int threads) {
    return withThreads(
        threads, new PromqlConfig(Duration.ofMinutes(5), Duration.ofMinutes(2), 20, 50_000_000));
  }

  /** One with so many threads. */
  static PromqlEngine withThreads(int threads, PromqlConfig config) {
    return engine(config, Set.of(), new FakeExtensions(), Observation.of(metrics()), threads);
  }

  private static EngineMetrics metrics() {
    return new EngineMetrics(new PrometheusRegistry());
  }

  private static PromqlEngine engine(
      PromqlConfig config,
      Set<String> features,
      Extensions functions,
      Observation observation,
      int threads) {
    PluginFunctions plugins = new PluginFunctions(functions);
    return new PromqlEngine(
        config,
        new PromqlParser(ParserOptions.ALL, new StandardFunctions().or(plugins)),
        new Evaluator(new Functions(), plugins),
        () -> Duration.ofMinutes(1),
        features,
        observation,
        System::nanoTime,
        threads);
  }
}
