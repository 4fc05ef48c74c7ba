package io.narthex.api.web;

import io.narthex.api.Api;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, as a warning in the log, of requests that were refused, once a minute at most: a sender
 * that is wrong is wrong in each of its requests. A line has the {@code client}, the reason as
 * {@code err}, and in {@code more_before} how many requests were refused untold since the line
 * before. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class RefusalLog {
  private static final long QUIET_MILLIS = 60_000;

  private final Clock clock;
  private final String message;
  private final Logger logger;
  private long quietUntil = Long.MIN_VALUE;
  private long untold;

  /**
   * Makes one that has told of nothing yet.
   *
   * @param message what all lines say, such as {@code "OTLP request refused"}
   */
  public RefusalLog(Clock clock, String message) {
    this(clock, message, LoggerFactory.getLogger(RefusalLog.class));
  }

  RefusalLog(Clock clock, String message, Logger logger) {
    this.clock = clock;
    this.message = message;
    this.logger = logger;
  }

  /**
   * Notes a refused request.
   *
   * @param reason what the sender is answered; its first line is told
   */
  public void refused(WebRequest request, String reason) {
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
    int end = reason.indexOf('\n');
    logger
        .atWarn()
        .addKeyValue("client", request.remoteAddress().toString())
        .addKeyValue("err", end < 0 ? reason : reason.substring(0, end))
        .addKeyValue("more_before", before)
        .log(message);
  }
}
