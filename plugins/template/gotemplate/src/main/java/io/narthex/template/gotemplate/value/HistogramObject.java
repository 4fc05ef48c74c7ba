package io.narthex.template.gotemplate.value;

import io.narthex.api.model.HistogramText;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateObject;
import java.util.AbstractList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A native histogram as a value, which Prometheus's templates know as a pointer to a struct with
 * the method {@code String}. Source: Prometheus 3.14, {@code model/histogram/float_histogram.go}.
 */
record HistogramObject(NativeHistogram histogram) implements TemplateObject {
  /** Its fields, in Go's order. */
  private record FloatHistogram(
      long counterResetHint,
      long schema,
      double zeroThreshold,
      double zeroCount,
      double count,
      double sum,
      List<Span> positiveSpans,
      List<Span> negativeSpans,
      List<Double> positiveBuckets,
      List<Double> negativeBuckets,
      List<Double> customValues) {}

  private record Span(long offset, long length) {}

  @Override
  public String type() {
    return "*histogram.FloatHistogram";
  }

  @Override
  public Object content() {
    NativeHistogram h = histogram;
    return new FloatHistogram(
        switch (h.resetHint()) {
          case UNKNOWN -> 0;
          case RESET -> 1;
          case NOT_RESET -> 2;
          case GAUGE -> 3;
        },
        h.schema(),
        h.zeroThreshold(),
        h.zeroCount(),
        h.count(),
        h.sum(),
        spans(h.positiveSpans()),
        spans(h.negativeSpans()),
        numbers(h.positiveBuckets()),
        numbers(h.negativeBuckets()),
        numbers(h.customBounds()));
  }

  private static List<Span> spans(List<NativeHistogram.Span> spans) {
    return spans.stream().map(span -> new Span(span.offset(), span.length())).toList();
  }

  private static List<Double> numbers(double[] numbers) {
    return new AbstractList<>() {
      @Override
      public Double get(int index) {
        return numbers[index];
      }

      @Override
      public int size() {
        return numbers.length;
      }
    };
  }

  @Override
  public String text() {
    return HistogramText.of(histogram);
  }

  @Override
  public @Nullable TemplateFunction method(String name) {
    return name.equals("String") ? TemplateFunction.of("func() string", a -> text()) : null;
  }
}
