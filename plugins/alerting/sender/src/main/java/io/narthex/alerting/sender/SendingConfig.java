package io.narthex.alerting.sender;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;

/**
 * How alerts are sent, whoever gets them; the section {@code alert_sending}.
 *
 * @param queueCapacity alerts that wait for one Alertmanager; of more the oldest are dropped
 * @param batchSize alerts of one request at most
 * @param drainOnShutdown whether what waits is sent before the process ends
 */
record SendingConfig(
    @Default("10000")
        @Flag(
            value = "alertmanager.notification-queue-capacity",
            help = "The capacity of the queue for pending Alertmanager notifications.",
            roles = "prometheus")
        int queueCapacity,
    @Default("256")
        @Flag(
            value = "alertmanager.notification-batch-size",
            help = "The maximum number of notifications per batch to send to the Alertmanager.",
            roles = "prometheus")
        int batchSize,
    @Default("true")
        @Flag(
            value = "alertmanager.drain-notification-queue-on-shutdown",
            help =
                "Send any outstanding Alertmanager notifications when shutting down. If false, any"
                    + " outstanding Alertmanager notifications will be dropped when shutting down.",
            roles = "prometheus")
        boolean drainOnShutdown) {
  SendingConfig {
    requirePositive("queue_capacity", queueCapacity);
    requirePositive("batch_size", batchSize);
  }

  private static void requirePositive(String key, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(
          "cannot use " + key + ": got " + value + ", want 1 or more");
    }
  }
}
