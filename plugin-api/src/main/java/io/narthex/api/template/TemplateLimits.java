package io.narthex.api.template;

import io.narthex.api.Api;
import java.time.Duration;

/**
 * What one expansion may take. An expansion that exceeds a limit, or whose thread is interrupted,
 * ends with an error.
 *
 * @param depth templates that call each other, and values within values
 * @param output characters of text, also of texts made on the way
 * @param steps evaluated nodes of the template, about ten million a second
 * @param time of an expansion
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record TemplateLimits(int depth, int output, long steps, Duration time) {
  /** 1,000 templates deep, 16 Mi characters, 50 million steps, 30 seconds. */
  public static final TemplateLimits DEFAULT =
      new TemplateLimits(1_000, 16 << 20, 50_000_000, Duration.ofSeconds(30));

  public TemplateLimits {
    if (depth < 1 || output < 1 || steps < 1 || time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException(
          "cannot limit templates: got depth %d, output %d, steps %d, time %s; want more than 0"
              .formatted(depth, output, steps, time));
    }
  }
}
