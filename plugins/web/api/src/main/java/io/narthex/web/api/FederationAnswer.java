package io.narthex.web.api;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.StorageException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One answer of {@code /federate}: the series of several selections, merged family by family and
 * written as they are read. A name whose series have samples of several kinds makes several
 * families, as in Prometheus, which can read that.
 */
final class FederationAnswer {
  private static final Logger log = LoggerFactory.getLogger(FederationAnswer.class);

  private final List<NamedSeries> sets;
  private final Map<String, String> external;
  private final long now;
  private final QueryTurns.Turn turn;
  private final FamilyWriter writer;
  private final FamilyWriter.Pairs pairs = new FamilyWriter.Pairs();
  private final SampleBatch batch = new SampleBatch(128);

  /** The latest sample of the series at hand. */
  private long time;

  private double value;
  private @Nullable NativeHistogram histogram;

  /** The family that was begun last; empty for none of the name at hand. */
  private String open = "";

  private FamilyWriter.Kind openKind = FamilyWriter.Kind.UNTYPED;

  /**
   * Prepares one.
   *
   * @param sets the selections; stay the caller's
   * @param external labels for series that have none of that name, sorted
   * @param now the latest time of a sample, in milliseconds
   * @param turn counts the samples
   */
  FederationAnswer(
      List<NamedSeries> sets,
      Map<String, String> external,
      long now,
      QueryTurns.Turn turn,
      FamilyWriter writer) {
    this.sets = sets;
    this.external = external;
    this.now = now;
    this.turn = turn;
    this.writer = writer;
  }

  void write() throws IOException, StorageException, QueryTurns.TooMuchReadException {
    for (String name = least(); name != null; name = least()) {
      if (name.isEmpty()) {
        log.warn("Ignoring nameless metric during federation metric={}", nameless());
      } else {
        family(name);
      }
      for (NamedSeries set : sets) {
        set.leave(name);
      }
    }
    writer.end();
  }

  /** The least metric name that is left. */
  private @Nullable String least() {
    String least = null;
    for (NamedSeries set : sets) {
      String name = set.name();
      if (name != null && (least == null || Labels.compareCodePoints(name, least) < 0)) {
        least = name;
      }
    }
    return least;
  }

  /** Goes past series without a name; returns the first. */
  private Labels nameless() {
    Labels first = Labels.empty();
    for (NamedSeries set : sets) {
      while (set.isAt("")) {
        first = first.isEmpty() ? set.labels() : first;
        set.advance();
      }
    }
    return first;
  }

  private void family(String name)
      throws IOException, StorageException, QueryTurns.TooMuchReadException {
    for (NamedSeries at = first(name); at != null; at = first(name)) {
      Labels labels = at.labels();
      turn.read(1);
      if (readLatest(at.samples())) {
        sample(name, labels);
      }
      for (NamedSeries set : sets) {
        if (set == at || (set.isAt(name) && set.labels().equals(labels))) {
          set.advance();
        }
      }
    }
  }

  /** The set whose series of a name comes first by its labels. */
  private @Nullable NamedSeries first(String name) {
    NamedSeries first = null;
    for (NamedSeries set : sets) {
      if (set.isAt(name) && (first == null || set.labels().compareTo(first.labels()) < 0)) {
        first = set;
      }
    }
    return first;
  }

  /** Whether there is a sample that is no stale marker. */
  private boolean readLatest(SampleReader reader) throws StorageException {
    boolean any = false;
    for (int n = reader.read(batch); n > 0; n = reader.read(batch)) {
      int last = batch.size - 1;
      while (last >= 0 && batch.timestamps[last] > now) {
        last--;
      }
      if (last < 0) {
        continue;
      }
      any = true;
      time = batch.timestamps[last];
      boolean floats = batch.kind == SampleBatch.Kind.FLOAT;
      value = floats ? batch.values[last] : 0;
      histogram = floats ? null : batch.histograms[last];
    }
    return any && !StaleMarker.is(histogram == null ? value : histogram.sum());
  }

  private void sample(String name, Labels labels) throws IOException {
    NativeHistogram own = histogram;
    FamilyWriter.Kind kind = FamilyWriter.Kind.UNTYPED;
    if (own != null) {
      if (!own.hasCustomBuckets() && !writer.hasNativeHistograms()) {
        return;
      }
      kind =
          own.resetHint() == NativeHistogram.ResetHint.GAUGE
              ? FamilyWriter.Kind.GAUGE_HISTOGRAM
              : FamilyWriter.Kind.HISTOGRAM;
    }
    if (kind != openKind || !name.equals(open)) {
      writer.family(name, kind);
      open = name;
      openKind = kind;
    }
    pairs(labels);
    if (own == null) {
      writer.sample(pairs, value, time);
    } else {
      writer.histogram(pairs, own, time);
    }
  }

  private void pairs(Labels labels) {
    pairs.clear();
    for (int i = 0; i < labels.size(); i++) {
      if (!labels.name(i).equals(LabelNames.METRIC_NAME)) {
        pairs.add(labels.name(i), labels.value(i));
      }
    }
    for (Map.Entry<String, String> label : external.entrySet()) {
      // Labels of the series itself win.
      if (!labels.has(label.getKey())) {
        pairs.add(label.getKey(), label.getValue());
      }
    }
  }
}
