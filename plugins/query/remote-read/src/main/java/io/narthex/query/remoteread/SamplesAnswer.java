package io.narthex.query.remoteread;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.wire.ProtobufWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * The message {@code prometheus.ReadResponse}, packed by Snappy as a whole. It is held until it is
 * complete, since lengths and status stand before it; but packed, so that a sample that was scraped
 * takes a few bytes.
 *
 * <pre>
 * ReadResponse  1 QueryResult*, one for each query
 * QueryResult   1 TimeSeries*
 * TimeSeries    1 Label*              2 Sample*    4 Histogram*
 * Sample        1 double value        2 int64 timestamp, milliseconds
 * </pre>
 */
final class SamplesAnswer {
  /** A series of more bytes than this is handed on before its end. */
  private static final int HELD = 48 << 10;

  private final SnappyPieces pieces;
  private final List<String> external;
  private final ProtobufWriter series = new ProtobufWriter();
  private final ProtobufWriter small = new ProtobufWriter();
  private final HistogramMessage histograms = new HistogramMessage();
  private int resultPlace;
  private long resultLength;
  private int seriesPlace = -1;
  private long seriesLength;

  /**
   * Makes an empty answer.
   *
   * @param external name, value, name, ..., by name: added to series that lack them
   */
  SamplesAnswer(List<String> external, Share share) {
    this.external = external;
    pieces = new SnappyPieces(share);
  }

  void beginResult() throws Share.NoRoomException, SnappyPieces.TooLongException {
    resultPlace = pieces.leavePlace();
    resultLength = 0;
  }

  void endResult() throws SnappyPieces.TooLongException {
    small.clear();
    small.begin(1, resultLength);
    pieces.fill(resultPlace, small);
  }

  void beginSeries(Labels labels) {
    series.clear();
    LabelFields.write(series, labels, external, small);
    seriesPlace = -1;
    seriesLength = 0;
  }

  /** Adds samples, of which there is none before those that are here. */
  void add(SampleBatch batch) throws Share.NoRoomException, SnappyPieces.TooLongException {
    for (int i = 0; i < batch.size; i++) {
      if (batch.kind == SampleBatch.Kind.FLOAT) {
        small.clear();
        small.realUnlessZero(1, batch.values[i]);
        small.numberUnlessZero(2, batch.timestamps[i]);
        series.message(2, small);
      } else {
        NativeHistogram histogram = batch.histograms[i];
        if (histogram != null) {
          series.message(4, histograms.of(histogram, batch.timestamps[i]));
        }
      }
      if (series.size() > HELD) {
        handOn();
      }
    }
  }

  private void handOn() throws Share.NoRoomException, SnappyPieces.TooLongException {
    if (seriesPlace < 0) {
      seriesPlace = pieces.leavePlace();
    }
    seriesLength += series.size();
    pieces.write(series);
    series.clear();
  }

  void endSeries() throws Share.NoRoomException, SnappyPieces.TooLongException {
    small.clear();
    if (seriesPlace < 0) {
      seriesLength = series.size();
      small.begin(1, seriesLength);
      pieces.write(small);
      pieces.write(series);
    } else {
      handOn();
      small.clear();
      small.begin(1, seriesLength);
      pieces.fill(seriesPlace, small);
    }
    resultLength += small.size() + seriesLength;
  }

  void end() throws Share.NoRoomException, SnappyPieces.TooLongException {
    pieces.end();
  }

  /** Sends it, after {@link #end}. */
  void sendTo(OutputStream out) throws IOException {
    pieces.sendTo(out);
  }
}
