package io.narthex.storage.tsdb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordsTest {
  private final RecordBuffer out = new RecordBuffer();
  private final RecordDecoder decoder = new RecordDecoder();

  @Test
  void samplesLookAsTheFormatSays() {
    Records.samples(new long[] {7, 9}, new long[] {1000, 1010}, new double[] {1, 2}, 2, out);
    assertThat(HexFormat.of().formatHex(out.bytes, 0, out.length))
        .isEqualTo(
            "02"
                + "0000000000000007"
                + "00000000000003e8"
                + "00003ff0000000000000"
                + "04144000000000000000");
  }

  @Test
  void seriesKeepTheBytesOfTheirLabels() throws CorruptionException {
    byte[] labels = "\u0001a\u0002bc\u0001d\u0000".getBytes(StandardCharsets.UTF_8);
    Records.beginSeries(out);
    Records.series(out, 5, 2, labels, 0, labels.length);
    Records.series(out, 6, 0, labels, 0, 0);
    Records.endSeries(out);
    Records.beginSeries(out);
    Records.endSeries(out);
    assertThat(out.count()).isEqualTo(1);
    SeriesRecord read = new SeriesRecord();
    decoder.series(out.bytes, 0, out.length, read);
    assertThat(read.size).isEqualTo(2);
    assertThat(Arrays.copyOf(read.refs, 2)).containsExactly(5, 6);
    assertThat(Arrays.copyOf(read.labelCounts, 2)).containsExactly(2, 0);
    assertThat(Arrays.copyOfRange(read.bytes, read.starts[0], read.ends[0])).isEqualTo(labels);
    assertThat(read.starts[1]).isEqualTo(read.ends[1]);
  }

  private static NativeHistogram histogram(Random random) {
    boolean integer = random.nextBoolean();
    boolean custom = random.nextInt(3) == 0;
    List<Span> positive = spans(random, custom);
    List<Span> negative = custom ? List.of() : spans(random, false);
    double[] positiveBuckets = buckets(random, positive, integer);
    double[] bounds = new double[custom ? positiveBuckets.length + 3 : 0];
    Arrays.setAll(bounds, i -> i * 1.5);
    return new NativeHistogram(
        integer,
        ResetHint.values()[random.nextInt(4)],
        custom ? NativeHistogram.CUSTOM_BUCKETS : random.nextInt(13) - 4,
        0.001,
        integer ? random.nextInt(1000) : random.nextDouble(),
        integer ? random.nextInt(100000) : random.nextDouble(),
        random.nextGaussian(),
        positive,
        positiveBuckets,
        negative,
        buckets(random, negative, integer),
        bounds);
  }

  private static List<Span> spans(Random random, boolean custom) {
    List<Span> spans = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      spans.add(
          new Span(
              spans.isEmpty() && !custom ? random.nextInt(200) - 100 : 1 + random.nextInt(5),
              random.nextInt(6)));
    }
    return spans;
  }

  private static double[] buckets(Random random, List<Span> spans, boolean integer) {
    double[] buckets = new double[spans.stream().mapToInt(Span::length).sum()];
    Arrays.setAll(buckets, i -> integer ? random.nextInt(10000) : random.nextDouble());
    return buckets;
  }

  private static long any(Random random) {
    return random.nextLong() >> random.nextInt(64);
  }

  /** One record of each kind, of random content. */
  private static void fill(Random random, RecordBuffer to) {
    int n = 1 + random.nextInt(50);
    SampleRecord samples = new SampleRecord();
    SampleRecord withStarts = new SampleRecord();
    TombstoneRecord tombstones = new TombstoneRecord();
    ExemplarRecord exemplars = new ExemplarRecord();
    MarkerRecord markers = new MarkerRecord();
    MetadataRecord metadata = new MetadataRecord();
    HistogramRecord histograms = new HistogramRecord();
    for (int i = 0; i < n; i++) {
      samples.add(any(random), any(random), Double.longBitsToDouble(random.nextLong()));
      withStarts.add(
          any(random), any(random), random.nextDouble(), random.nextInt(3) * any(random));
      tombstones.add(any(random), any(random), any(random));
      exemplars.add(any(random), any(random), 1.5, Labels.of("trace", "ä" + i));
      markers.add(any(random), any(random));
      metadata.add(
          Math.abs(any(random)),
          new Metadata(MetricType.values()[random.nextInt(8)], "help ü " + i, "seconds"));
      histograms.add(any(random), any(random), histogram(random), any(random));
    }
    Records.samples(samples, to);
    Records.samples(withStarts, to);
    Records.tombstones(tombstones, to);
    Records.exemplars(exemplars, to);
    Records.markers(markers, to);
    Records.metadata(metadata, to);
    Records.histograms(histograms, false, to);
    Records.histograms(histograms, true, to);
    Records.minValidTime(any(random), to);
    byte[] labels = "\u0001a\u0002bc\u0001d\u0000".getBytes(StandardCharsets.UTF_8);
    Records.beginSeries(to);
    for (int i = 0; i < n; i++) {
      Records.series(to, any(random), 2, labels, 0, labels.length);
    }
    Records.endSeries(to);
  }

  /** Decodes a record and encodes what was found, as checkpoints do. */
  private void again(byte[] b, int offset, int length, RecordBuffer to) throws CorruptionException {
    switch (RecordDecoder.type(b, offset, length)) {
      case RecordType.SERIES -> {
        SeriesRecord read = new SeriesRecord();
        decoder.series(b, offset, length, read);
        Records.series(read, to);
      }
      case RecordType.SAMPLES, RecordType.SAMPLES_V2 -> {
        SampleRecord read = new SampleRecord();
        decoder.samples(b, offset, length, read);
        Records.samples(read, to);
      }
      case RecordType.TOMBSTONES -> {
        TombstoneRecord read = new TombstoneRecord();
        decoder.tombstones(b, offset, length, read);
        Records.tombstones(read, to);
      }
      case RecordType.EXEMPLARS -> {
        ExemplarRecord read = new ExemplarRecord();
        decoder.exemplars(b, offset, length, read);
        Records.exemplars(read, to);
      }
      case RecordType.MARKERS -> {
        MarkerRecord read = new MarkerRecord();
        decoder.markers(b, offset, length, read);
        Records.markers(read, to);
      }
      case RecordType.METADATA -> {
        MetadataRecord read = new MetadataRecord();
        decoder.metadata(b, offset, length, read);
        Records.metadata(read, to);
      }
      case RecordType.MIN_VALID_TIME ->
          Records.minValidTime(decoder.minValidTime(b, offset, length), to);
      default -> {
        HistogramRecord read = new HistogramRecord();
        decoder.histograms(b, offset, length, read);
        Records.histograms(read, b[offset] >= RecordType.HISTOGRAMS_V2, to);
      }
    }
  }

  @Test
  void decodingAndEncodingGivesTheSameBytes() throws CorruptionException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      out.clear();
      fill(random, out);
      assertThat(out.count()).isGreaterThanOrEqualTo(10);
      for (int i = 0; i < out.count(); i++) {
        RecordBuffer to = new RecordBuffer();
        again(out.bytes, out.start(i), out.end(i) - out.start(i), to);
        assertThat(Arrays.copyOf(to.bytes, to.length))
            .as("seed %s, kind %s", seed, out.bytes[out.start(i)])
            .isEqualTo(Arrays.copyOfRange(out.bytes, out.start(i), out.end(i)));
      }
    }
  }

  @Test
  void histogramsComeBackWhole() throws CorruptionException {
    Random random = new Random(5);
    for (int round = 0; round < 200; round++) {
      HistogramRecord one = new HistogramRecord();
      one.add(8, 1000, histogram(random), 900);
      for (boolean starts : new boolean[] {false, true}) {
        out.clear();
        Records.histograms(one, starts, out);
        HistogramRecord read = new HistogramRecord();
        decoder.histograms(out.bytes, 0, out.length, read);
        assertThat(read.size).isEqualTo(1);
        assertThat(read.refs[0]).isEqualTo(8);
        assertThat(read.times[0]).isEqualTo(1000);
        assertThat(read.starts[0]).isEqualTo(starts ? 900 : 0);
        assertThat(read.histograms[0]).isEqualTo(one.histograms[0]);
      }
    }
  }

  @Test
  void damagedRecordsAreCorruptionAndNothingElse() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      out.clear();
      fill(random, out);
      for (int i = 0; i < out.count(); i++) {
        byte[] record = Arrays.copyOfRange(out.bytes, out.start(i), out.end(i));
        boolean cut = random.nextInt(4) == 0;
        byte[] damaged =
            cut ? Arrays.copyOf(record, 1 + random.nextInt(record.length)) : record.clone();
        for (int j = cut ? 0 : 1 + random.nextInt(4); j > 0; j--) {
          damaged[Math.min(damaged.length - 1, 1 + random.nextInt(damaged.length))] =
              (byte) random.nextInt();
        }
        try {
          again(damaged, 0, damaged.length, new RecordBuffer());
        } catch (CorruptionException e) {
          assertThat(e.offset()).isBetween(0L, (long) damaged.length);
        } catch (RuntimeException e) {
          throw new AssertionError("seed " + seed + " kind " + record[0], e);
        }
      }
    }
  }

  @Test
  void finerHistogramsOfANewerPrometheusAreMadeCoarser() throws CorruptionException {
    // Schema 9: two buckets become one. Indexes 1..4 and 7: 1,2 -> 1; 3,4 -> 2; 7 -> 4.
    out.put(RecordType.FLOAT_HISTOGRAMS);
    out.putLong(1);
    out.putLong(1);
    out.putVarint(0);
    out.putVarint(0);
    out.put(0);
    out.putVarint(9);
    for (double value : new double[] {0.001, 0, 15, 1}) {
      out.putDouble(value);
    }
    out.putUvarint(2);
    out.putVarint(1);
    out.putUvarint(4);
    out.putVarint(2);
    out.putUvarint(1);
    out.putUvarint(0);
    out.putUvarint(5);
    for (int i = 1; i <= 5; i++) {
      out.putDouble(i);
    }
    out.putUvarint(0);
    out.end();
    HistogramRecord read = new HistogramRecord();
    decoder.histograms(out.bytes, 0, out.length, read);
    assertThat(read.size).isEqualTo(1);
    NativeHistogram histogram = java.util.Objects.requireNonNull(read.histograms[0]);
    assertThat(histogram.schema()).isEqualTo(8);
    assertThat(histogram.positiveSpans()).containsExactly(new Span(1, 2), new Span(1, 1));
    assertThat(histogram.positiveBuckets()).containsExactly(3, 7, 5);
  }
}
