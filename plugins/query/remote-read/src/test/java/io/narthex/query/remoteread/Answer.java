package io.narthex.query.remoteread;

import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.wire.HistogramParts;
import io.narthex.api.wire.ProtobufReader;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Reads answers of either kind into lines: {@code query {labels} time value}. */
final class Answer {
  /** The lines in the order of the answer. */
  final List<String> lines = new ArrayList<>();

  /** Bytes of each frame's message. */
  final List<Integer> frames = new ArrayList<>();

  /** Results in the answer. */
  int results;

  private final ProtobufReader p = new ProtobufReader();

  static Answer samples(byte[] packed) throws Exception {
    Answer answer = new Answer();
    SnappyJavaDecompressor snappy = new SnappyJavaDecompressor();
    byte[] message = new byte[snappy.getUncompressedLength(packed, 0)];
    snappy.decompress(packed, 0, packed.length, message, 0, message.length);
    ProtobufReader p = answer.p;
    p.reset(message, 0, message.length);
    while (p.hasMore()) {
      ProtobufReader.require(p.tag(), ProtobufReader.BYTES, "results");
      int outer = p.enter();
      while (p.hasMore()) {
        ProtobufReader.require(p.tag(), ProtobufReader.BYTES, "timeseries");
        int series = p.enter();
        answer.series(answer.results + " ");
        p.leave(series);
      }
      p.leave(outer);
      answer.results++;
    }
    return answer;
  }

  private void series(String start) throws Exception {
    StringBuilder labels = new StringBuilder(start);
    boolean any = false;
    while (p.hasMore()) {
      int field = p.tag() >>> 3;
      int outer = p.enter();
      switch (field) {
        case 1 -> label(labels);
        case 2 -> {
          sample(labels.toString());
          any = true;
        }
        case 4 -> {
          histogram(labels.toString());
          any = true;
        }
        default -> throw new AssertionError("field " + field);
      }
      p.leave(outer);
    }
    if (!any) {
      lines.add(labels.toString());
    }
  }

  private void label(StringBuilder into) throws Exception {
    into.append(into.charAt(into.length() - 1) == ' ' ? "" : ",");
    String[] parts = {"", "", ""};
    while (p.hasMore()) {
      int field = p.tag() >>> 3;
      int n = p.length();
      parts[field] = new String(p.bytes, p.position, n, StandardCharsets.UTF_8);
      p.position += n;
    }
    into.append(parts[1]).append('=').append(parts[2]);
  }

  private void sample(String labels) throws Exception {
    long time = 0;
    double value = 0;
    while (p.hasMore()) {
      if (p.tag() >>> 3 == 1) {
        value = p.float64();
      } else {
        time = p.varint();
      }
    }
    lines.add(labels + " " + time + " " + text(value));
  }

  static String text(double value) {
    return Long.toHexString(Double.doubleToRawLongBits(value)) + "/" + value;
  }

  static String text(NativeHistogram h) {
    return (h.integer() ? "int " : "float ")
        + text(h.sum())
        // A stale marker is its sum alone.
        + (h.isStale()
            ? ""
            : " count "
                + h.count()
                + " schema "
                + h.schema()
                + " zero "
                + h.zeroCount()
                + "/"
                + h.zeroThreshold()
                + h.positiveSpans()
                + Arrays.toString(h.positiveBuckets())
                + h.negativeSpans()
                + Arrays.toString(h.negativeBuckets())
                + Arrays.toString(h.customBounds())
                + (h.resetHint() == ResetHint.GAUGE ? " gauge" : ""));
  }

  private void histogram(String labels) throws Exception {
    HistogramParts parts = new HistogramParts();
    parts.clear();
    long time = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          parts.count = HistogramParts.unsigned(p.varint());
          parts.integer = true;
        }
        case 2 -> {
          parts.count = p.float64();
          parts.integer = false;
        }
        case 3 -> parts.sum = p.float64();
        case 4 -> parts.schema = (int) p.zigzag();
        case 5 -> parts.zeroThreshold = p.float64();
        case 6 -> parts.zeroCount = HistogramParts.unsigned(p.varint());
        case 7 -> parts.zeroCount = p.float64();
        case 8 -> parts.negative.span(p, tag, "");
        case 9 -> parts.negative.deltas(p, tag, "");
        case 10 -> parts.negative.counts(p, tag, "");
        case 11 -> parts.positive.span(p, tag, "");
        case 12 -> parts.positive.deltas(p, tag, "");
        case 13 -> parts.positive.counts(p, tag, "");
        case 14 ->
            parts.resetHint =
                List.of(ResetHint.UNKNOWN, ResetHint.RESET, ResetHint.NOT_RESET, ResetHint.GAUGE)
                    .get((int) p.varint());
        case 15 -> time = p.varint();
        case 16 -> parts.bounds(p, tag, "");
        default -> throw new AssertionError("field " + (tag >>> 3));
      }
    }
    lines.add(labels + " " + time + " " + text(parts.build()));
  }

  static Answer chunks(byte[] body) throws Exception {
    Answer answer = new Answer();
    ProtobufReader p = answer.p;
    p.reset(body, 0, body.length);
    while (p.hasMore()) {
      int length = (int) p.varint();
      int sum = 0;
      for (int i = 0; i < 4; i++) {
        sum = sum << 8 | (body[p.position++] & 0xff);
      }
      CRC32C crc = new CRC32C();
      crc.update(body, p.position, length);
      if (sum != (int) crc.getValue()) {
        throw new AssertionError("checksum of frame " + answer.frames.size());
      }
      answer.frames.add(length);
      int outer = p.limit;
      p.limit = p.position + length;
      answer.frame();
      p.limit = outer;
    }
    return answer;
  }

  private void frame() throws Exception {
    int from = lines.size();
    long query = 0;
    while (p.hasMore()) {
      if (p.tag() >>> 3 == 2) {
        query = p.varint();
        continue;
      }
      int outer = p.enter();
      StringBuilder labels = new StringBuilder(" ");
      while (p.hasMore()) {
        int field = p.tag() >>> 3;
        int series = p.enter();
        if (field == 1) {
          label(labels);
        } else {
          chunk(labels.toString());
        }
        p.leave(series);
      }
      p.leave(outer);
    }
    for (int i = from; i < lines.size(); i++) {
      lines.set(i, query + lines.get(i));
    }
  }

  private void chunk(String labels) throws Exception {
    long first = 0;
    long last = 0;
    byte encoding = 0;
    byte[] data = {};
    while (p.hasMore()) {
      switch (p.tag() >>> 3) {
        case 1 -> first = p.varint();
        case 2 -> last = p.varint();
        case 3 -> encoding = (byte) p.varint();
        default -> {
          int n = p.length();
          data = Arrays.copyOfRange(p.bytes, p.position, p.position + n);
          p.position += n;
        }
      }
    }
    ChunkDecoder decoder = new ChunkDecoder();
    decoder.reset(encoding, data, 0, data.length);
    SampleBatch batch = new SampleBatch(1000);
    batch.clear(encoding == 1 ? SampleBatch.Kind.FLOAT : SampleBatch.Kind.HISTOGRAM);
    decoder.read(batch);
    if (batch.size == 0
        || batch.timestamps[0] != first
        || batch.timestamps[batch.size - 1] != last) {
      throw new AssertionError("a chunk tells wrong times: " + first + " to " + last);
    }
    for (int i = 0; i < batch.size; i++) {
      NativeHistogram h = batch.histograms.length == 0 ? null : batch.histograms[i];
      lines.add(
          labels + " " + batch.timestamps[i] + " " + (h == null ? text(batch.values[i]) : text(h)));
    }
  }
}
