package io.narthex.web.api;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.wire.ProtobufWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Prometheus's protobuf format: messages {@code io.prometheus.client.MetricFamily}, each behind its
 * length. A family must be complete before its length can be told, so what is held is the family
 * that is being written; one of more than {@link #MOST_HELD} bytes is told in several messages.
 * Native histograms are told with float counts, whichever they were observed with. Source: {@code
 * prometheus/client_model}, {@code metrics.proto}; Prometheus 3.14, {@code web/federate.go}.
 */
final class ProtobufFamilies implements FamilyWriter {
  /** Bytes of a family. */
  static final int MOST_HELD = 32 << 20;

  /** Bytes after which families go out. */
  private static final int DRAIN_AT = 64 << 10;

  private static final int TYPE_UNTYPED = 3;
  private static final int TYPE_HISTOGRAM = 4;
  private static final int TYPE_GAUGE_HISTOGRAM = 5;

  private final OutputStream out;
  private final NameEscaping escaping;
  private final ProtobufWriter ready = new ProtobufWriter();
  private final ProtobufWriter family = new ProtobufWriter();
  private final ProtobufWriter metric = new ProtobufWriter();
  private final ProtobufWriter value = new ProtobufWriter();
  private final ProtobufWriter small = new ProtobufWriter();
  private String name = "";
  private Kind kind = Kind.UNTYPED;

  /** Writes into {@code out}, which is not closed. */
  ProtobufFamilies(OutputStream out, NameEscaping escaping) {
    this.out = out;
    this.escaping = escaping;
  }

  @Override
  public boolean hasNativeHistograms() {
    return true;
  }

  @Override
  public void family(String next, Kind nextKind) throws IOException {
    finish();
    name = escaping.metric(next);
    kind = nextKind;
    open();
  }

  private void open() {
    family.text(1, name);
    family.number(
        3,
        switch (kind) {
          case UNTYPED -> TYPE_UNTYPED;
          case HISTOGRAM -> TYPE_HISTOGRAM;
          case GAUGE_HISTOGRAM -> TYPE_GAUGE_HISTOGRAM;
        });
  }

  private void finish() throws IOException {
    if (family.size() == 0) {
      return;
    }
    ready.varint(family.size());
    if (family.size() >= DRAIN_AT) {
      ready.drainInto(out);
      family.drainInto(out);
      return;
    }
    ready.add(family);
    family.clear();
    if (ready.size() >= DRAIN_AT) {
      ready.drainInto(out);
    }
  }

  @Override
  public void sample(Pairs labels, double sample, long millis) throws IOException {
    value.clear();
    value.real(1, sample);
    labels(labels);
    metric.message(5, value);
    metric.number(6, millis);
    add();
  }

  @Override
  public void histogram(Pairs labels, NativeHistogram histogram, long millis) throws IOException {
    value.clear();
    value.real(2, histogram.sum());
    if (histogram.hasCustomBuckets()) {
      classic(histogram);
    } else {
      natively(histogram);
    }
    labels(labels);
    metric.number(6, millis);
    metric.message(7, value);
    add();
  }

  /** The format has no custom buckets, but classic histograms with counts that are no integers. */
  private void classic(NativeHistogram histogram) {
    double[] cumulative = ClassicBuckets.cumulative(histogram);
    for (int i = 0; i < cumulative.length; i++) {
      small.clear();
      small.real(2, histogram.customBounds()[i]);
      small.real(4, cumulative[i]);
      value.message(3, small);
    }
    value.real(4, histogram.count());
  }

  private void natively(NativeHistogram histogram) {
    value.real(4, histogram.count());
    value.signed(5, histogram.schema());
    value.real(6, histogram.zeroThreshold());
    value.real(8, histogram.zeroCount());
    spans(9, histogram.negativeSpans());
    counts(11, histogram.negativeBuckets());
    spans(12, histogram.positiveSpans());
    if (histogram.zeroThreshold() == 0
        && histogram.zeroCount() == 0
        && histogram.negativeSpans().isEmpty()
        && histogram.positiveSpans().isEmpty()) {
      // Otherwise it would be taken for a classic one.
      span(12, 0, 0);
    }
    counts(14, histogram.positiveBuckets());
  }

  private void spans(int field, List<NativeHistogram.Span> spans) {
    for (NativeHistogram.Span span : spans) {
      span(field, span.offset(), span.length());
    }
  }

  private void span(int field, int offset, int length) {
    small.clear();
    small.signed(1, offset);
    small.number(2, length);
    value.message(field, small);
  }

  private void counts(int field, double[] counts) {
    for (double count : counts) {
      value.real(field, count);
    }
  }

  private void labels(Pairs labels) {
    metric.clear();
    for (int i = 0; i < labels.size(); i++) {
      small.clear();
      small.text(1, escaping.label(labels.name(i)));
      small.text(2, labels.value(i));
      metric.message(1, small);
    }
  }

  private void add() throws IOException {
    family.message(4, metric);
    if (family.size() >= MOST_HELD) {
      finish();
      open();
    }
  }

  @Override
  public void end() throws IOException {
    finish();
    ready.drainInto(out);
  }
}
