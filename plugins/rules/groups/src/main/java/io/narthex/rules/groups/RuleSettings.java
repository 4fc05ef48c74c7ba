package io.narthex.rules.groups;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import java.time.Duration;

/**
 * How rules are evaluated, whatever they are; the section {@code rules}.
 *
 * @param forOutageTolerance how long an outage may last after which {@code for} goes on
 * @param forGracePeriod how long an alert waits at least after an outage before it fires
 * @param resendDelay how long an alert is not sent again
 * @param maxConcurrentEvals how many rules are evaluated beside others of their groups
 */
record RuleSettings(
    @Default("1h")
        @Flag(
            value = "rules.alert.for-outage-tolerance",
            help = "Max time to tolerate prometheus outage for restoring \"for\" state of alert.",
            roles = "prometheus")
        Duration forOutageTolerance,
    @Default("10m")
        @Flag(
            value = "rules.alert.for-grace-period",
            help =
                "Minimum duration between alert and restored \"for\" state. This is maintained only"
                    + " for alerts with configured \"for\" time greater than grace period.",
            roles = "prometheus")
        Duration forGracePeriod,
    @Default("1m")
        @Flag(
            value = "rules.alert.resend-delay",
            help = "Minimum amount of time to wait before resending an alert to Alertmanager.",
            roles = "prometheus")
        Duration resendDelay,
    @Default("4")
        @Flag(
            value = "rules.max-concurrent-evals",
            help =
                "Global concurrency limit for independent rules that can run concurrently. When"
                    + " set, \"query.max-concurrency\" may need to be adjusted accordingly.",
            roles = "prometheus")
        long maxConcurrentEvals) {
  RuleSettings {
    if (maxConcurrentEvals < 1 || maxConcurrentEvals > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "max_concurrent_evals: got " + maxConcurrentEvals + ", want 1 or more");
    }
  }
}
