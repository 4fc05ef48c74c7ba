package io.narthex.web.api;

import io.narthex.api.format.FloatText;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.NativeHistogram;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Prometheus's text format. Names that are not classic after escaping are put in quotes. What is
 * held is one buffer.
 */
final class TextFamilies implements FamilyWriter {
  /** Bytes after which text goes out. */
  private static final int DRAIN_AT = 64 << 10;

  private final OutputStream out;
  private final NameEscaping escaping;
  private final StringBuilder text = new StringBuilder(DRAIN_AT + 1024);
  private String family = "";

  /** Writes into {@code out}, which is not closed. */
  TextFamilies(OutputStream out, NameEscaping escaping) {
    this.out = out;
    this.escaping = escaping;
  }

  @Override
  public boolean hasNativeHistograms() {
    return false;
  }

  @Override
  public void family(String name, Kind kind) {
    family = escaping.metric(name);
    text.append("# TYPE ");
    if (LabelNames.isLegacyMetric(family)) {
      text.append(family);
    } else {
      quoted(family);
    }
    // The format has no gauge histograms.
    text.append(kind == Kind.UNTYPED ? " untyped\n" : " histogram\n");
  }

  @Override
  public void sample(Pairs labels, double value, long millis) throws IOException {
    line(family, labels, "", value, millis);
  }

  @Override
  public void histogram(Pairs labels, NativeHistogram histogram, long millis) throws IOException {
    double[] cumulative = ClassicBuckets.cumulative(histogram);
    String bucket = family + "_bucket";
    for (int i = 0; i < cumulative.length; i++) {
      line(bucket, labels, number(histogram.customBounds()[i]), cumulative[i], millis);
    }
    line(bucket, labels, "+Inf", histogram.count(), millis);
    line(family + "_sum", labels, "", histogram.sum(), millis);
    line(family + "_count", labels, "", histogram.count(), millis);
  }

  private void line(String name, Pairs labels, String bound, double value, long millis)
      throws IOException {
    boolean plain = LabelNames.isLegacyMetric(name);
    char separator = '{';
    if (plain) {
      text.append(name);
    } else {
      text.append('{');
      quoted(name);
      separator = ',';
    }
    for (int i = 0; i < labels.size(); i++) {
      text.append(separator);
      separator = ',';
      String label = escaping.label(labels.name(i));
      if (LabelNames.isLegacy(label)) {
        text.append(label);
      } else {
        quoted(label);
      }
      text.append('=');
      quoted(labels.value(i));
    }
    if (!bound.isEmpty()) {
      text.append(separator).append("le=\"").append(bound).append('"');
      separator = ',';
    }
    if (separator == ',') {
      text.append('}');
    }
    text.append(' ').append(number(value)).append(' ').append(millis).append('\n');
    if (text.length() >= DRAIN_AT) {
      drain();
    }
  }

  /** As Go's {@code strconv} in the shortest form of {@code g}; Prometheus writes −0 as 0. */
  private static String number(double value) {
    if (value == 0) {
      return "0";
    }
    String withPoint = FloatText.format(value);
    return withPoint.endsWith(".0") ? withPoint.substring(0, withPoint.length() - 2) : withPoint;
  }

  private void quoted(String s) {
    text.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '"' -> text.append("\\\"");
        case '\n' -> text.append("\\n");
        default -> text.append(c);
      }
    }
    text.append('"');
  }

  private void drain() throws IOException {
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    text.setLength(0);
  }

  @Override
  public void end() throws IOException {
    drain();
  }
}
