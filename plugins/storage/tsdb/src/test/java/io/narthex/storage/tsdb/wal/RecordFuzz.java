package io.narthex.storage.tsdb.wal;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.storage.tsdb.Fuzz;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Fuzzes the decoder of the log's records, of all kinds. The input is a record. */
public final class RecordFuzz {
  private RecordFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    Fuzz.decode(
        input.length,
        () -> {
          RecordDecoder decoder = new RecordDecoder();
          int n = input.length;
          switch (RecordDecoder.type(input, 0, n)) {
            case RecordType.SERIES -> decoder.series(input, 0, n, new SeriesRecord());
            case RecordType.SAMPLES, RecordType.SAMPLES_V2 ->
                decoder.samples(input, 0, n, new SampleRecord());
            case RecordType.TOMBSTONES -> decoder.tombstones(input, 0, n, new TombstoneRecord());
            case RecordType.EXEMPLARS -> decoder.exemplars(input, 0, n, new ExemplarRecord());
            case RecordType.MARKERS -> decoder.markers(input, 0, n, new MarkerRecord());
            case RecordType.METADATA -> decoder.metadata(input, 0, n, new MetadataRecord());
            case RecordType.MIN_VALID_TIME -> decoder.minValidTime(input, 0, n);
            default -> decoder.histograms(input, 0, n, new HistogramRecord());
          }
        });
  }

  /** A small record of each kind. */
  static RecordBuffer records() {
    RecordBuffer to = new RecordBuffer();
    SampleRecord samples = new SampleRecord();
    SampleRecord withStarts = new SampleRecord();
    TombstoneRecord tombstones = new TombstoneRecord();
    ExemplarRecord exemplars = new ExemplarRecord();
    MarkerRecord markers = new MarkerRecord();
    MetadataRecord metadata = new MetadataRecord();
    HistogramRecord histograms = new HistogramRecord();
    for (int i = 0; i < 5; i++) {
      samples.add(i + 1, 1000 + 15 * i, i / 2.0);
      withStarts.add(i + 1, 1000 + 15 * i, i / 2.0, i % 3 * 7);
      tombstones.add(i, 10 * i, 20 * i);
      exemplars.add(i, 1000 + i, 1.5, Labels.of("trace", "ä" + i));
      markers.add(i, 1L << 32 | i);
      metadata.add(i, new Metadata(MetricType.COUNTER, "help " + i, "seconds"));
      histograms.add(i, 1000 + i, histogram(i % 2 == 0, i > 2), i % 3);
    }
    Records.samples(samples, to);
    Records.samples(withStarts, to);
    Records.tombstones(tombstones, to);
    Records.exemplars(exemplars, to);
    Records.markers(markers, to);
    Records.metadata(metadata, to);
    Records.histograms(histograms, false, to);
    Records.histograms(histograms, true, to);
    Records.minValidTime(5, to);
    byte[] labels = labels();
    Records.beginSeries(to);
    for (int i = 0; i < 3; i++) {
      Records.series(to, i + 1, 2, labels, 0, labels.length);
    }
    Records.endSeries(to);
    return to;
  }

  static byte[] labels() {
    return "\u0001a\u0002bc\u0001d\u0000".getBytes(StandardCharsets.UTF_8);
  }

  static NativeHistogram histogram(boolean integer, boolean custom) {
    return new NativeHistogram(
        integer,
        ResetHint.UNKNOWN,
        custom ? NativeHistogram.CUSTOM_BUCKETS : 3,
        custom ? 0 : 0.001,
        custom ? 0 : 2,
        9,
        1.5,
        List.of(new Span(0, 2), new Span(1, 1)),
        new double[] {1, 2, 3},
        custom ? List.of() : List.of(new Span(-3, 1)),
        custom ? new double[0] : new double[] {1},
        custom ? new double[] {1, 2, 3, 4} : new double[0]);
  }

  /** One record of each kind, and what a newer server may write: finer schemas. */
  public static List<byte[]> seeds() {
    RecordBuffer records = records();
    List<byte[]> out = new ArrayList<>();
    for (int i = 0; i < records.count(); i++) {
      out.add(Arrays.copyOfRange(records.array(), records.start(i), records.end(i)));
    }
    return out;
  }
}
