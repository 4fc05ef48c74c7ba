package io.narthex.api.query;

import io.narthex.api.Api;
import java.util.Map;

/**
 * What a query cost.
 *
 * @param timings seconds, under Prometheus's keys ({@code evalTotalTime}, {@code execTotalTime},
 *     ...)
 * @param totalSamples samples looked at
 * @param peakSamples the most held at once
 * @param samplesPerStep for each evaluation; empty unless asked for
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record QueryStatistics(
    Map<String, Double> timings, long totalSamples, long peakSamples, long[] samplesPerStep) {
  public QueryStatistics {
    timings = Map.copyOf(timings);
  }
}
