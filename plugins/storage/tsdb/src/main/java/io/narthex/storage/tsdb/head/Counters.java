package io.narthex.storage.tsdb.head;

import io.narthex.api.storage.AppendError;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the head counts; the root of the plugin shows it under upstream's names. */
public final class Counters {
  private static final Logger log = LoggerFactory.getLogger(Counters.class);

  public final LongAdder floats = new LongAdder();
  public final LongAdder histograms = new LongAdder();
  public final LongAdder outOfOrderTaken = new LongAdder();
  public final LongAdder outOfOrder = new LongAdder();
  public final LongAdder outOfBounds = new LongAdder();
  public final LongAdder tooOld = new LongAdder();
  public final LongAdder seriesCreated = new LongAdder();
  public final LongAdder seriesRemoved = new LongAdder();
  public final LongAdder seriesNotFound = new LongAdder();
  public final LongAdder chunksCreated = new LongAdder();

  /** Chunks that were in files at the start. */
  public final LongAdder chunksLoaded = new LongAdder();

  public final LongAdder chunksRemoved = new LongAdder();
  public final LongAdder logFailures = new LongAdder();
  public final LongAdder logCorruptions = new LongAdder();
  public final LongAdder headChunkCorruptions = new LongAdder();
  public final LongAdder snapshotFailures = new LongAdder();
  public final LongAdder truncations = new LongAdder();
  public final LongAdder truncationFailures = new LongAdder();
  public final LongAdder logTruncations = new LongAdder();
  public final LongAdder logTruncationFailures = new LongAdder();
  public final LongAdder checkpoints = new LongAdder();
  public final LongAdder checkpointFailures = new LongAdder();
  public final LongAdder checkpointDeletionFailures = new LongAdder();
  public final LongAdder collections = new LongAdder();
  public final LongAdder collectionNanos = new LongAdder();
  public final LongAdder logTruncationNanos = new LongAdder();
  public final AtomicLong replayNanos = new AtomicLong();
  private final AtomicLong lastTold = new AtomicLong(Long.MIN_VALUE);

  Counters() {}

  void appended(int newFloats, int newHistograms, int late) {
    floats.add(newFloats + late);
    if (newHistograms > 0) {
      histograms.add(newHistograms);
    }
    if (late > 0) {
      outOfOrderTaken.add(late);
    }
  }

  void refused(AppendError error) {
    switch (error) {
      case OUT_OF_ORDER -> outOfOrder.increment();
      case OUT_OF_BOUNDS -> outOfBounds.increment();
      case TOO_OLD -> tooOld.increment();
      default -> {}
    }
  }

  void overtaken() {
    outOfOrder.increment();
  }

  /** Told once a minute; the files count it: the same will be tried again with the next sample. */
  void chunkWriteFailed(IOException e) {
    long now = System.nanoTime();
    long before = lastTold.get();
    if ((before == Long.MIN_VALUE || now - before > 60_000_000_000L)
        && lastTold.compareAndSet(before, now)) {
      log.error("cannot write a chunk of the head, it stays in memory err=\"{}\"", e.getMessage());
    }
  }
}
