package io.narthex.query.promql;

import io.narthex.api.query.FunctionProvider;
import io.narthex.query.promql.exec.Evaluator;
import io.narthex.query.promql.function.Functions;
import io.narthex.query.promql.parse.ParserOptions;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.StandardFunctions;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.function.Function;

/** Makes engines for tests. */
final class Engines {
  private Engines() {}

  /** As the conformance scripts want it. */
  static PromqlEngine conforming() {
    return engine(
        new PromqlConfig(Duration.ofMinutes(5), Duration.ofSeconds(100), 20, 10_000), true);
  }

  /** As it is by default. */
  static PromqlEngine standard() {
    return engine(
        new PromqlConfig(Duration.ofMinutes(5), Duration.ofMinutes(2), 20, 50_000_000), false);
  }

  static PromqlEngine engine(PromqlConfig config, boolean delayedNames) {
    Function<String, FunctionProvider> none = _ -> null;
    return new PromqlEngine(
        config,
        new PromqlParser(ParserOptions.ALL, new StandardFunctions()),
        new Evaluator(new Functions(), none),
        () -> Duration.ofMinutes(1),
        delayedNames,
        new EngineMetrics(new PrometheusRegistry()),
        System::nanoTime);
  }
}
