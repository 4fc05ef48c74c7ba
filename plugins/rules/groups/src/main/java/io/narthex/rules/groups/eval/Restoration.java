package io.narthex.rules.groups.eval;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives alerts that were active before a restart the time back for which they have been so. The
 * time of the outage does not count, and one whose rule would soon have fired waits for the grace
 * period at least, since what it watches may have been away for the same reason. Rules that wait
 * for less than the grace period begin anew. Source: Prometheus 3.14, {@code
 * Group.RestoreForState}.
 *
 * @param outageTolerance how long ago an alert may have been active, nanoseconds
 * @param gracePeriod nanoseconds
 */
record Restoration(long outageTolerance, long gracePeriod) {
  private static final Logger LOG = LoggerFactory.getLogger(Restoration.class);
  private static final long SECOND = 1_000_000_000L;

  /**
   * The last sample of a series.
   *
   * @param time milliseconds
   */
  private record Last(long time, double value) {}

  /**
   * Restores the alerts of rules.
   *
   * @param now nanoseconds since the epoch
   */
  void restore(Iterable<AlertingRule> rules, Storage storage, long now) {
    long from = Math.floorDiv(now - outageTolerance, 1_000_000L);
    long to = Math.floorDiv(now, 1_000_000L);
    try (Querier querier = storage.querier(from, to)) {
      for (AlertingRule rule : rules) {
        if (rule.holdFor() >= gracePeriod) {
          try {
            restore(rule, last(rule, querier, from, to), now);
          } catch (StorageException e) {
            // There is no second chance: the rule fires when it would without.
            LOG.error(
                "Failed to restore 'for' state alertname={} err={}",
                rule.definition.name(),
                e.getMessage());
          }
        }
        rule.restored();
      }
    } catch (StorageException e) {
      LOG.error("Failed to restore 'for' state err={}", e.getMessage());
    }
    rules.forEach(AlertingRule::restored);
  }

  private static Map<Labels, Last> last(AlertingRule rule, Querier querier, long from, long to)
      throws StorageException {
    List<Matcher> matchers = new ArrayList<>();
    matchers.add(Matcher.equal(LabelNames.METRIC_NAME, ActiveAlert.FOR_STATE_SERIES));
    rule.fixedLabels().forEach((name, value) -> matchers.add(Matcher.equal(name, value)));
    Map<Labels, Last> found = new HashMap<>();
    try (SeriesSet series = querier.select(SelectRequest.range(from, to), matchers)) {
      SampleBatch batch = new SampleBatch(128);
      SampleReader reader = null;
      for (int i = 0; i < series.size(); i++) {
        reader = series.samples(i, reader);
        Last last = last(reader, batch);
        if (last != null) {
          found.put(series.labels(i), last);
        }
      }
    }
    return found;
  }

  private static @Nullable Last last(SampleReader reader, SampleBatch batch)
      throws StorageException {
    Last last = null;
    while (reader.read(batch) > 0) {
      if (batch.kind == SampleBatch.Kind.FLOAT) {
        last = new Last(batch.timestamps[batch.size - 1], batch.values[batch.size - 1]);
      }
    }
    return last;
  }

  private void restore(AlertingRule rule, Map<Labels, Last> last, long now) {
    rule.forEach(alert -> {
      Last sample = last.get(alert.forStateSeries(rule.baseLabels()));
      // A marker says that it was not active.
      if (sample != null && !StaleMarker.is(sample.value)) {
        alert.activeAt = activeAt(rule.holdFor(), sample, now);
      }
    });
  }

  /** Since when an alert counts as active; all in nanoseconds. */
  private long activeAt(long holdFor, Last sample, long now) {
    long downAt = Math.floorDiv(sample.time, 1000L) * SECOND;
    long activeAt = (long) sample.value * SECOND;
    long remaining = holdFor - (downAt - activeAt);
    if (remaining <= 0) {
      // It fired; the next evaluation sees to that.
      return activeAt;
    }
    if (remaining < gracePeriod) {
      return now + gracePeriod - holdFor;
    }
    return activeAt + (now - downAt);
  }
}
