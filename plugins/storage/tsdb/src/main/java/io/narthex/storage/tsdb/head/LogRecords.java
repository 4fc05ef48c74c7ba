package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.wal.ExemplarRecord;
import io.narthex.storage.tsdb.wal.HistogramRecord;
import io.narthex.storage.tsdb.wal.MetadataRecord;
import io.narthex.storage.tsdb.wal.RecordBuffer;
import io.narthex.storage.tsdb.wal.Records;
import io.narthex.storage.tsdb.wal.SampleRecord;
import org.jspecify.annotations.Nullable;

/** The records of one transaction, made before it takes the commit lock. */
final class LogRecords {
  final RecordBuffer buffer = new RecordBuffer();
  private @Nullable SampleRecord floats;
  private @Nullable HistogramRecord histograms;

  void clear() {
    buffer.clear();
  }

  /** Encodes what the transaction has. */
  void encode(Transaction tx) {
    if (tx.histogramCount == 0) {
      if (tx.hasStarts) {
        tx.fillStarts();
        Records.samplesWithStarts(tx.refs, tx.times, tx.values, tx.starts, tx.size, buffer);
      } else {
        Records.samples(tx.refs, tx.times, tx.values, tx.size, buffer);
      }
    } else {
      SampleRecord f = floats;
      if (f == null) {
        f = new SampleRecord();
        floats = f;
      }
      HistogramRecord h = histograms;
      if (h == null) {
        h = new HistogramRecord();
        histograms = h;
      }
      f.clear();
      h.clear();
      for (int i = 0; i < tx.size; i++) {
        NativeHistogram histogram = tx.histogram(i);
        if (histogram != null) {
          h.add(tx.refs[i], tx.times[i], histogram, tx.start(i));
        } else if (tx.hasStarts) {
          f.add(tx.refs[i], tx.times[i], tx.values[i], tx.start(i));
        } else {
          f.add(tx.refs[i], tx.times[i], tx.values[i]);
        }
      }
      Records.samples(f, buffer);
      Records.histograms(h, h.hasStarts, buffer);
      h.clear();
    }
    if (!tx.exemplars.isEmpty()) {
      ExemplarRecord e = new ExemplarRecord();
      for (Transaction.PendingExemplar p : tx.exemplars) {
        e.add(p.ref(), p.exemplar().timestamp(), p.exemplar().value(), p.exemplar().labels());
      }
      Records.exemplars(e, buffer);
    }
  }

  /** Adds metadata, which only some configurations log. */
  void encodeMetadata(Transaction tx) {
    if (!tx.metadata.isEmpty()) {
      MetadataRecord m = new MetadataRecord();
      for (Transaction.PendingMetadata p : tx.metadata) {
        m.add(p.ref(), p.metadata());
      }
      Records.metadata(m, buffer);
    }
  }
}
