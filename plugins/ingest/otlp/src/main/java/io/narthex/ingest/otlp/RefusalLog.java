package io.narthex.ingest.otlp;

import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of requests that were refused, once a minute at most: a sender that is wrong is wrong in
 * each of its requests. Safe for any number of threads.
 */
final class RefusalLog {
  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
  private static final long QUIET_MILLIS = 60_000;

  private final Clock clock;
  private long quietUntil = Long.MIN_VALUE;
  private long untold;

  RefusalLog(Clock clock) {
    this.clock = clock;
  }

  /** Notes a refused request; {@code reason} is the first line of the answer. */
  void refused(String client, String reason) {
    long now = clock.millis();
    long before;
    synchronized (this) {
      if (now < quietUntil) {
        untold++;
        return;
      }
      quietUntil = now + QUIET_MILLIS;
      before = untold;
      untold = 0;
    }
    LOG.atWarn()
        .addKeyValue("client", client)
        .addKeyValue("err", reason)
        .addKeyValue("more_before", before)
        .log("OTLP request refused");
  }
}
