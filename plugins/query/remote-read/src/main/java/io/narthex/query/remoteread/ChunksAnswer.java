package io.narthex.query.remoteread;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.wire.ProtobufWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Messages {@code prometheus.ChunkedReadResponse} with one series each, one behind the other, sent
 * as they are made. A frame is
 *
 * <pre>
 * uvarint length of the message | u32 big-endian CRC-32C of the message | message
 *
 * ChunkedReadResponse  1 ChunkedSeries    2 int64 index of the query
 * ChunkedSeries        1 Label*           2 Chunk*
 * Chunk                1 int64 first and 2 int64 last millisecond, inclusive
 *                      3 encoding (1 floats, 2 and 3 histograms of integers and floats)   4 bytes
 * </pre>
 */
final class ChunksAnswer {
  private static final int NONE = 0;
  private static final int FLOATS = 1;
  private static final int HISTOGRAMS = 2;

  private final OutputStream out;
  private final List<String> external;
  private final int maxBytesInFrame;
  private final ProtobufWriter labels = new ProtobufWriter();
  private final ProtobufWriter chunks = new ProtobufWriter();
  private final ProtobufWriter chunk = new ProtobufWriter();
  private final ProtobufWriter before = new ProtobufWriter();
  private final ProtobufWriter behind = new ProtobufWriter();
  private final byte[] checksum = new byte[Integer.BYTES];
  private final CRC32C sum = new CRC32C();
  private final FloatChunk floats = new FloatChunk();
  private final HistogramChunk histograms = new HistogramChunk();
  private int open = NONE;
  private int room;
  private int left;

  /**
   * Makes an answer to nothing.
   *
   * @param out is not closed
   * @param external name, value, name, ..., by name: added to series that lack them
   */
  ChunksAnswer(OutputStream out, List<String> external, int maxBytesInFrame) {
    this.out = out;
    this.external = external;
    this.maxBytesInFrame = maxBytesInFrame;
  }

  /** Begins a series of the query at an index. */
  void beginSeries(int query, Labels of) {
    labels.clear();
    room = maxBytesInFrame - LabelFields.write(labels, of, external, chunk);
    left = room;
    chunks.clear();
    behind.clear();
    behind.numberUnlessZero(2, query);
  }

  /** Adds samples behind those that are there. */
  void add(SampleBatch batch) throws IOException {
    for (int i = 0; i < batch.size; i++) {
      if (batch.kind == SampleBatch.Kind.FLOAT) {
        add(batch.timestamps[i], batch.values[i]);
      } else {
        NativeHistogram histogram = batch.histograms[i];
        if (histogram != null) {
          add(batch.timestamps[i], histogram);
        }
      }
    }
  }

  private void add(long t, double v) throws IOException {
    if (open != FLOATS || floats.isFull()) {
      endChunk();
      floats.reset();
      open = FLOATS;
    }
    floats.append(t, v);
  }

  private void add(long t, NativeHistogram h) throws IOException {
    if (open != HISTOGRAMS || !histograms.append(t, h)) {
      endChunk();
      histograms.start(t, h);
      open = HISTOGRAMS;
    }
  }

  private void endChunk() throws IOException {
    chunk.clear();
    switch (open) {
      case FLOATS -> {
        times(floats.minTime(), floats.maxTime());
        chunk.number(3, FloatChunk.ENCODING);
        chunk.bytes(4, floats.bytes(), floats.length());
      }
      case HISTOGRAMS -> {
        times(histograms.minTime(), histograms.maxTime());
        chunk.number(3, histograms.encoding());
        chunk.bytes(4, histograms.bytes(), histograms.length());
      }
      default -> {
        return;
      }
    }
    open = NONE;
    chunks.message(2, chunk);
    left -= chunk.size();
    if (left <= 0) {
      send();
    }
  }

  private void times(long first, long last) {
    chunk.numberUnlessZero(1, first);
    chunk.numberUnlessZero(2, last);
  }

  void endSeries() throws IOException {
    endChunk();
    if (chunks.size() > 0) {
      send();
    }
  }

  private void send() throws IOException {
    before.clear();
    before.begin(1, (long) labels.size() + chunks.size());
    sum.reset();
    before.addTo(sum);
    labels.addTo(sum);
    chunks.addTo(sum);
    behind.addTo(sum);
    chunk.clear();
    chunk.varint((long) before.size() + labels.size() + chunks.size() + behind.size());
    // The highest byte first.
    chunk.raw(ByteBuffer.wrap(checksum).putInt((int) sum.getValue()).array(), 0, checksum.length);
    chunk.writeTo(out);
    before.writeTo(out);
    labels.writeTo(out);
    chunks.writeTo(out);
    behind.writeTo(out);
    chunks.clear();
    left = room;
  }
}
