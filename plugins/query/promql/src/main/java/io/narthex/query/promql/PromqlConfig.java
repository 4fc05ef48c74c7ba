package io.narthex.query.promql;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import java.time.Duration;

/**
 * Limits of the engine.
 *
 * @param lookbackDelta how old a series' newest sample may be to count at an evaluation time
 * @param timeout how long a query may take, waiting included
 * @param maxConcurrency how many queries are evaluated at once; the others wait
 * @param maxSamples how many samples a query may hold in memory at once
 */
public record PromqlConfig(
    @Flag(
            value = "query.lookback-delta",
            help = "How far back the newest sample of a series is looked for during evaluation.")
        @Default("5m")
        Duration lookbackDelta,
    @Flag(value = "query.timeout", help = "How long a query may take before it is aborted.")
        @Default("2m")
        Duration timeout,
    @Flag(
            value = "query.max-concurrency",
            help = "How many queries are evaluated at the same time; others wait.")
        @Default("20")
        int maxConcurrency,
    @Flag(
            value = "query.max-samples",
            help =
                "How many samples a single query may hold in memory; a query that would hold more"
                    + " fails. This also bounds the size of a result.")
        @Default("50000000")
        long maxSamples) {

  /** Checks bounds. */
  public PromqlConfig {
    positive("lookback_delta", !lookbackDelta.isNegative() && !lookbackDelta.isZero());
    positive("timeout", !timeout.isNegative() && !timeout.isZero());
    positive("max_concurrency", maxConcurrency > 0);
    positive("max_samples", maxSamples > 0);
  }

  private static void positive(String key, boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException(key + " must be greater than zero");
    }
  }
}
